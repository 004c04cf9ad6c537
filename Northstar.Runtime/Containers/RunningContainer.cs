// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Runtime.Containers;

/// <summary>A running container: its processes and what was made for them.</summary>
internal sealed class RunningContainer(
    LaunchedContainer process, Cgroup cgroup, ContainerSockets sockets, ContainerOutput output, RunningTools? tools, CancellationTokenSource ended) : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Gets the processes.</summary>
    internal LaunchedContainer Process => process;

    /// <summary>Gets the cgroup.</summary>
    internal Cgroup Cgroup => cgroup;

    /// <summary>Gets the time since the start.</summary>
    internal TimeSpan Uptime => Stopwatch.GetElapsedTime(_started);

    /// <summary>Waits for the end of every process, then removes what was made for them. Returns the failures of the removal, which leave nothing else undone.</summary>
    internal async Task<(ContainerExit Exit, IReadOnlyList<Exception> Failures)> CompleteAsync()
    {
        ContainerExit exit = await process.Exited.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await output.CompleteAsync().ConfigureAwait(false);
        if (tools is not null)
        {
            await tools.CompleteAsync().ConfigureAwait(false);
        }

        var failures = new List<Exception>();
        try
        {
            await cgroup.RemoveAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            failures.Add(e);
        }

        sockets.Dispose();
        return (exit, failures);
    }

    /// <summary>Closes what refers to the processes. Call after <see cref="CompleteAsync"/>, once nobody can send a signal any more.</summary>
    public void Dispose()
    {
        process.Dispose();
        ended.Dispose();
    }
}
