// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Samples;

/// <summary>One parsed command: its name for the first line, and what it does.</summary>
/// <param name="Name">The subcommand.</param>
/// <param name="Run">Carries it out; returns an exit code, or null to go idle.</param>
internal sealed record CommandLine(string Name, Func<int?> Run)
{
    /// <summary>Parses the arguments behind the program's name.</summary>
    /// <exception cref="UsageException">Unknown command, or its arguments do not fit.</exception>
    internal static CommandLine Parse(string[] arguments)
    {
        if (arguments.Length == 0)
            return new("sleep", static () => null);

        string name = arguments[0];
        string[] rest = arguments[1..];
        return (name, rest) switch
        {
            ("abort", []) => new(name, Returning(Native.abort)),
            ("call-delete-module", [var flags]) => CallDeleteModule(name, Number(flags)),
            ("attack", [var pid]) => new(name, Returning(() => Attack.Run(Number(pid)))),
            ("cat", [var path]) => new(name, Returning(() => Commands.Cat(path))),
            ("close-streams", []) => new(name, Returning(Misbehaviour.CloseStreams)),
            ("crash", []) => new(name, static () => Commands.CrashExitCode),
            ("daemon", []) => new(name, Returning(Misbehaviour.LeaveDaemon)),
            ("eat-memory", []) => new(name, Returning(Misbehaviour.EatMemory)),
            ("env", []) => new(name, Returning(Commands.PrintEnvironment)),
            ("execute", _) => new(name, Returning(() => Commands.Execute(rest))),
            ("escape", [var marker]) => new(name, Returning(() => EscapeAttempts.Run(marker))),
            ("exit", [var code]) => Exit(name, Number(code)),
            ("fill", [var path]) => new(name, Returning(() => Misbehaviour.Fill(path))),
            ("flood", [var megabytes]) => new(name, Returning(() => Misbehaviour.Flood(Number(megabytes)))),
            ("fork-bomb", []) => new(name, Returning(Misbehaviour.ForkBomb)),
            ("fork-child", []) => new(name, Returning(Commands.ForkChild)),
            ("garbage", []) => new(name, Returning(Misbehaviour.PrintGarbage)),
            ("hostname", [var host]) => new(name, Returning(() => Commands.SetHostName(host))),
            ("ignore-signals", []) => new(name, Returning(Misbehaviour.IgnoreSignals)),
            ("inspect", []) => new(name, Returning(Commands.Inspect)),
            ("inspect", ["--json"]) => new(name, Returning(Commands.InspectJson)),
            ("ipc", []) => new(name, Returning(Commands.MakeIpc)),
            ("keyring", []) => new(name, Returning(Commands.PrintKeyring)),
            ("kill-all", []) => new(name, Returning(Misbehaviour.KillAll)),
            ("orphans", [var count]) => new(name, Returning(() => Misbehaviour.LeaveOrphans(Number(count)))),
            ("mknod", [var path, "b" or "c", var major, var minor]) => new(name, Returning(() => Commands.MakeNode(path, rest[1][0], Number(major), Number(minor)))),
            ("open", [var flags, .. var paths]) when flags is "r" or "w" or "p" => new(name, Returning(() => Commands.Open(flags[0], paths))),
            ("print", _) => Print(name, rest),
            ("raise-limit", []) => new(name, Returning(Commands.RaiseLimit)),
            ("read", [var path]) => new(name, Returning(() => Commands.Read(path))),
            ("readlink", [var path]) => new(name, Returning(() => Commands.ReadLink(path))),
            ("setsid", []) => new(name, Returning(Misbehaviour.LeaveSession)),
            ("sleep", []) => new(name, static () => null),
            ("socket", [var socket]) => new(name, () => SocketExercise.Run(socket)),
            ("sockopt", [var socket]) => new(name, Returning(() => Commands.PrintSocketOption(socket))),
            ("spin", []) => new(name, Misbehaviour.Spin),
            ("swap", [var first, var second]) => new(name, Returning(() => Misbehaviour.Swap(first, second))),
            ("stat", [var path]) => new(name, Returning(() => Commands.Stat(path))),
            ("touch", [var path]) => new(name, Returning(() => File.WriteAllBytes(path, []))),
            ("tree", [var depth]) => new(name, Returning(() => Misbehaviour.GrowTree(Number(depth)))),
            ("write", [var message, var path]) => new(name, Returning(() => File.WriteAllText(path, message))),
            _ => throw new UsageException($"cannot understand \"{string.Join(' ', arguments)}\""),
        };
    }

    private static Func<int?> Returning(Action action) => () =>
    {
        action();
        return null;
    };

    private static CommandLine CallDeleteModule(string name, int flags) => new(name, Returning(() => Commands.CallDeleteModule(flags)));

    private static CommandLine Exit(string name, int code) => new(name, () => code);

    private static CommandLine Print(string name, string[] arguments)
    {
        string? message = null;
        int descriptor = Libc.StandardOutput;
        for (int i = 0; i < arguments.Length; i++)
        {
            string? stream = arguments[i] switch
            {
                "-i" or "--io" => i + 1 < arguments.Length ? arguments[++i] : "",
                var word when word.StartsWith("--io=", StringComparison.Ordinal) => word["--io=".Length..],
                _ => null,
            };
            if (stream is not null)
                descriptor = Stream(stream);
            else if (message is null)
                message = arguments[i];
            else
                throw new UsageException("print takes one message");
        }

        if (message is null)
            throw new UsageException("print needs a message");
        return new(name, Returning(() => Output.Write(descriptor, message + "\n")));
    }

    private static int Stream(string name) => name switch
    {
        "stdout" => Libc.StandardOutput,
        "stderr" => Libc.StandardError,
        _ => throw new UsageException($"no stream is called \"{name}\": stdout or stderr"),
    };

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new UsageException($"\"{text}\" is no number");
}
