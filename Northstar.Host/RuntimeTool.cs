// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Terminal;

namespace Northstar.Host;

/// <summary>The command line of the runtime.</summary>
internal static class RuntimeTool
{
    internal static Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Streams streams)
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
        Command command = ToolCommand.Create(
            "northstar",
            "Runs containers. With nstar or sextant as first argument, or started under that name, it is the console client or the package tool. "
            + "With check as first argument it says whether this host can run containers. "
            + "NORTHSTAR_LOG sets the log level: trace, debug, info, warn, error, off.",
            streams);
        command.Options.Add(config);
        command.Options.Add(stay);
        command.SetAction(async (parsed, cancellationToken) => (int)await RuntimeService
            .RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(stay), streams, cancellationToken).ConfigureAwait(false));

        // The host handles signals itself.
        return ToolCommand.RunAsync(command, arguments, streams, handleSignals: false);
    }
}
