// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>Runs a command of the configuration for each container. It is started before the payload, and nothing is waited for.</summary>
/// <param name="host">What tools need of the runtime.</param>
/// <param name="program">The absolute path of the program.</param>
/// <param name="arguments">The arguments, with placeholders.</param>
internal sealed class CommandTool(ToolHost host, string program, IReadOnlyList<string> arguments) : DebugTool(host, DebugTools.CommandsKey, program)
{
    internal override Task<RunningTool> StartAsync(ToolTarget target) =>
        RunningTool.StartAsync(this, [.. arguments.Select(a => Fill(a, target))], null, line => LogLine(target, line));

    private static string Fill(string argument, ToolTarget target) => argument
        .Replace("<PID>", target.Pid.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("<CONTAINER>", target.Container.ToString(), StringComparison.Ordinal);
}
