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
            ("cat", [var path]) => new(name, Returning(() => Commands.Cat(path))),
            ("crash", []) => new(name, static () => Commands.CrashExitCode),
            ("env", []) => new(name, Returning(Commands.PrintEnvironment)),
            ("exit", [var code]) => Exit(name, Number(code)),
            ("fork-child", []) => new(name, Returning(Commands.ForkChild)),
            ("inspect", []) => new(name, Returning(Commands.Inspect)),
            ("inspect", ["--json"]) => new(name, Returning(Commands.InspectJson)),
            ("print", _) => Print(name, rest),
            ("readlink", [var path]) => new(name, Returning(() => Commands.ReadLink(path))),
            ("sleep", []) => new(name, static () => null),
            ("socket", [var socket]) => new(name, () => SocketExercise.Run(socket)),
            ("sockopt", [var socket]) => new(name, Returning(() => Commands.PrintSocketOption(socket))),
            ("stat", [var path]) => new(name, Returning(() => Commands.Stat(path))),
            ("touch", [var path]) => new(name, Returning(() => File.WriteAllBytes(path, []))),
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
