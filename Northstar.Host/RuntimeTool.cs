// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Check;
using Northstar.Host.Completion;
using Northstar.Host.Help;
using Northstar.Host.Nstar;
using Northstar.Host.Sextant;
using Northstar.Host.Terminal;

namespace Northstar.Host;

/// <summary>The command line of the runtime.</summary>
internal static class RuntimeTool
{
    private static readonly ToolHelp s_help = new()
    {
        Summary = "northstar runs containers.",
        Examples =
        [
            new("northstar --config northstar.toml", "run; SIGTERM or 'nstar shutdown' ends it"),
            new("northstar check", "can this host run containers?"),
            new("northstar nstar list", "the console client"),
            new("northstar sextant inspect hello-1.0.0.npk", "the package tool"),
            new("northstar completion --shell bash", "teach a shell the verbs and options"),
        ],
        Footer = "Started under the name nstar or sextant, the program is that tool. NORTHSTAR_LOG sets the log level: trace, debug, info, warn, error, off.",
    };

    // The host handles signals itself.
    internal static Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Streams streams) =>
        ToolCommand.RunAsync(Build(streams), arguments, streams, handleSignals: false);

    /// <summary>Runs the verb <c>completion</c>. The runtime itself has no verbs: what can be its first argument is added for this alone.</summary>
    internal static Task<ExitCode> CompleteAsync(IReadOnlyList<string> arguments, Streams streams)
    {
        Command command = Build(streams);
        command.Subcommands.Add(CheckTool.Build(streams));
        command.Subcommands.Add(NstarTool.Describe(streams));
        command.Subcommands.Add(SextantTool.Describe(streams));
        CompletionCommand.AddTo(command, streams);
        return ToolCommand.RunAsync(command, arguments, streams, handleSignals: true);
    }

    private static Command Build(Streams streams)
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The configuration",
            HelpName = "FILE",
            DefaultValueFactory = static _ => "northstar.toml",
        };
        var stay = new Option<bool>("--disable-mount-namespace", "-d")
        {
            Description = "Accepted without effect: the runtime mounts nothing into the host's tree",
        };
        Command command = ToolCommand.Create("northstar", s_help, streams);
        command.Options.Add(config);
        command.Options.Add(stay);
        command.SetAction(async (parsed, cancellationToken) => (int)await RuntimeService
            .RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(stay), streams, cancellationToken).ConfigureAwait(false));
        return command;
    }
}
