// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>The debug tools of the configuration, with their programs looked up.</summary>
internal sealed class DebugTools
{
    internal const string CommandsKey = "debug.commands";

    private readonly DebugTool[] _tools;

    private DebugTools(DebugTool[] tools) => _tools = tools;

    /// <summary>Gets a value indicating whether there are none.</summary>
    internal bool IsEmpty => _tools.Length == 0;

    /// <summary>Gets the programs and their keys, for the warning at start.</summary>
    internal string Description => string.Join(", ", _tools.Select(static t => $"{t.Program} ({t.Key})").Distinct(StringComparer.Ordinal));

    /// <summary>Looks the programs up.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="host">What tools need of the runtime.</param>
    /// <param name="missing">Gets each program that is not there, with its key.</param>
    internal static DebugTools Find(DebugOptions options, ToolHost host, ICollection<string> missing)
    {
        var tools = new List<DebugTool>();
        if (options.Strace is { } strace)
        {
            Add("debug.strace.path", strace.Path, program => new StraceTool(host, program, strace));
        }

        if (options.Perf is { } perf)
        {
            Add("debug.perf.path", perf.Path, program => new PerfTool(host, program, perf));
        }

        foreach (string command in options.Commands)
        {
            string[] words = command.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Add(CommandsKey, words[0], program => new CommandTool(host, program, words[1..]));
        }

        return new DebugTools([.. tools]);

        void Add(string key, string name, Func<string, DebugTool> make)
        {
            if (SearchPath.Find(name) is { } program)
            {
                tools.Add(make(program));
            }
            else
            {
                missing.Add($"{key}: there is no program {name}{(name.Contains('/', StringComparison.Ordinal) ? "" : " in PATH")}; install it or remove the key");
            }
        }
    }

    /// <summary>Starts all of them for a container. Returns when they are attached.</summary>
    /// <exception cref="RuntimeException">One could not be started or attached. None is left.</exception>
    internal async Task<RunningTools> AttachAsync(ToolTarget target)
    {
        var running = new RunningTools(target);
        try
        {
            foreach (DebugTool tool in _tools)
            {
                running.Add(tool, await tool.StartAsync(target).ConfigureAwait(false));
            }

            return running;
        }
        catch
        {
            await running.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
