// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>A debug tool of the configuration; its program was looked up when the runtime started.</summary>
/// <param name="host">What tools need of the runtime.</param>
/// <param name="key">The key of the configuration, for errors.</param>
/// <param name="program">The absolute path of the program.</param>
internal abstract class DebugTool(ToolHost host, string key, string program)
{
    /// <summary>How long a tool may take to attach.</summary>
    protected static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Gets what tools need of the runtime.</summary>
    internal ToolHost Host => host;

    /// <summary>Gets the key of the configuration.</summary>
    internal string Key => key;

    /// <summary>Gets the absolute path of the program.</summary>
    internal string Program => program;

    /// <summary>Gets the signal that ends the tool once the container is gone; 0 when it ends by itself then.</summary>
    internal virtual int StopSignal => Sys.SIGTERM;

    /// <summary>Starts the tool for a container that waits before it forks its payload. Returns when the tool is attached.</summary>
    /// <exception cref="RuntimeException">It could not be started or attached. Nothing of it is left.</exception>
    internal abstract Task<RunningTool> StartAsync(ToolTarget target);

    /// <summary>Writes a line to the log of the container.</summary>
    protected void LogLine(ToolTarget target, ReadOnlySequence<byte> line)
    {
        if (host.Output.IsEnabled(LogLevel.Debug))
        {
            Log.ToolOutput(host.Output, target.Container, ContainerOutput.Printable(Encoding.UTF8.GetString(line)));
        }
    }

    /// <summary>Returns a path in the log directory that does not exist yet.</summary>
    protected string NewFile(ToolTarget target, string prefix, string extension)
    {
        string name = $"{prefix}-{target.Pid}-{target.Container.Name}";
        string path = Path.Combine(host.LogDirectory!, name + extension);
        for (int number = 1; Path.Exists(path); number++)
        {
            path = Path.Combine(host.LogDirectory!, $"{name}.{number}{extension}");
        }

        return path;
    }

    /// <summary>Waits for a tool to attach; ends it and throws when it ends before or takes too long.</summary>
    protected async Task AwaitAttachedAsync(RunningTool tool, Task<bool> attached)
    {
        try
        {
            if (await attached.WaitAsync(AttachTimeout).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (TimeoutException)
        {
            string words = await tool.WhyEndedAsync().ConfigureAwait(false);
            throw RuntimeException.Unexpected($"{key}: {program} was not attached within {AttachTimeout.TotalSeconds} s; it was ended, {words}");
        }

        string reason = await tool.WhyEndedAsync().ConfigureAwait(false);
        throw RuntimeException.Unexpected($"{key}: {program} ended before it was attached, {reason}");
    }
}

/// <summary>What a debug tool looks at.</summary>
/// <param name="Container">The container.</param>
/// <param name="Pid">The host pid of its init.</param>
internal sealed record ToolTarget(ContainerId Container, int Pid);

/// <summary>What debug tools need of the runtime.</summary>
/// <param name="InitPath">The path of northstar-init, which tools run below.</param>
/// <param name="LogDirectory">Where their files go; null when none of them writes files.</param>
/// <param name="Logger">The runtime's log.</param>
/// <param name="Output">The log of the containers' output.</param>
internal sealed record ToolHost(string InitPath, string? LogDirectory, ILogger Logger, ILogger Output);
