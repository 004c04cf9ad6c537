// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Completion;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <summary>The package tool.</summary>
internal sealed partial class SextantTool
{
    private const string StandardInput = "-";

    private readonly Streams _streams;

    private SextantTool(Streams streams) => _streams = streams;

    internal static Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Streams streams) =>
        ToolCommand.RunAsync(new SextantTool(streams).Build(), arguments, streams, handleSignals: true);

    /// <summary>Makes the command, for the completion of the program that has it as a verb.</summary>
    internal static Command Describe(Streams streams) => new SextantTool(streams).Build();

    private Command Build()
    {
        Command command = ToolCommand.Create("sextant", SextantHelp.Page, _streams);
        AddPack(command);
        AddRepack(command);
        AddSign(command);
        AddUnpack(command);
        AddInspect(command);
        AddVerify(command);
        AddGenerateKey(command);
        AddSignKeys(command);
        CompletionCommand.AddTo(command, _streams);
        return command;
    }

    // The work blocks, so it gets a thread of its own and can be cancelled by a signal.
    private static Command Verb(Command parent, string name, string description, Func<ParseResult, CancellationToken, ExitCode> run)
    {
        var verb = new Command(name, description);
        verb.SetAction(async (parsed, cancellationToken) =>
            (int)await Task.Run(() => run(parsed, cancellationToken), cancellationToken).ConfigureAwait(false));
        parent.Subcommands.Add(verb);
        return verb;
    }

    private static Command Verb(Command parent, string name, string description, Action<ParseResult, CancellationToken> run) =>
        Verb(parent, name, description, (parsed, cancellationToken) =>
        {
            run(parsed, cancellationToken);
            return ExitCode.Success;
        });

    private void AddUnpack(Command parent)
    {
        var package = new Option<string>("--npk", "-n") { Description = "The package", HelpName = "FILE", Required = true };
        var output = new Option<string>("--out", "-o") { Description = "The directory that gets manifest, signature and root", HelpName = "DIR", Required = true };
        Option<string> tool = Unsquashfs();
        Command verb = Verb(parent, "unpack", "Take a package apart; nothing is verified", (parsed, cancellationToken) =>
            NpkUnpacker.Unpack(
                parsed.GetRequiredValue(package), parsed.GetRequiredValue(output), parsed.GetRequiredValue(tool), Warn, cancellationToken));
        verb.Options.Add(package);
        verb.Options.Add(output);
        verb.Options.Add(tool);
    }

    private static void AddGenerateKey(Command parent)
    {
        var name = new Option<string>("--name", "-n") { Description = "The name of the files, without extension", HelpName = "NAME", Required = true };
        var output = new Option<string>("--out", "-o") { Description = "The directory that gets NAME.key and NAME.pub", HelpName = "DIR", Required = true };
        Command verb = Verb(parent, "gen-key", "Make a key pair", (ParseResult parsed, CancellationToken _) =>
        {
            string file = parsed.GetRequiredValue(name);
            if (file.Length == 0 || file.Contains('/'))
            {
                throw new ToolException($"gen-key: '{file}' is no name of a file; the directory is given with --out");
            }

            KeyFiles.Generate(parsed.GetRequiredValue(output), file);
        });
        verb.Options.Add(name);
        verb.Options.Add(output);
    }

    private static Option<string> Unsquashfs() => new("--unsquashfs")
    {
        Description = "The program that reads images",
        HelpName = "PATH",
        DefaultValueFactory = static _ => "unsquashfs",
    };

    private static Option<string?> SigningKey(string description) => new("--key", "-k")
    {
        Description = description + "; - reads it from standard input, /dev/fd/N from a descriptor", HelpName = "FILE",
    };

    private static Option<string[]> PublicKeys(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description + "; can be given several times", HelpName = "FILE",
    };

    private void Warn(string text) => _streams.Error.WriteLine($"Warning: {Printable.Line(text)}");

    private PrivateKey ReadPrivateKey(string path) =>
        path == StandardInput ? KeyFiles.ReadPrivateKey(_streams.Input, "standard input") : KeyFiles.ReadPrivateKey(path, Warn);

    private static PublicKey[] ReadPublicKeys(string[]? paths) => [.. (paths ?? []).Select(KeyFiles.ReadPublicKey)];

    private static T ReadFile<T>(string what, string path, Func<byte[], T> read)
    {
        try
        {
            return read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"read {what} {path}: {e.Message}", e);
        }
    }
}
