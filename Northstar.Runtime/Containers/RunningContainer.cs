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
    private static long s_count;

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Gets the number of this start; no other of this process has it.</summary>
    internal long Number { get; } = Interlocked.Increment(ref s_count);

    /// <summary>Gets the processes.</summary>
    internal LaunchedContainer Process => process;

    /// <summary>Gets the cgroup.</summary>
    internal Cgroup Cgroup => cgroup;

    /// <summary>Gets or sets the images that were mounted for this start alone; they go with it.</summary>
    internal IReadOnlyList<MountedImage> OwnImages { get; set; } = [];

    /// <summary>Gets the time since the start.</summary>
    internal TimeSpan Uptime => Stopwatch.GetElapsedTime(_started);

    /// <summary>Removes what was made for the processes once all of them have ended. Returns the failures; each leaves nothing else undone.</summary>
    internal async Task<IReadOnlyList<Exception>> CompleteAsync()
    {
        await process.Exited.ConfigureAwait(false);
        var failures = new List<Exception>();
        foreach (Func<ValueTask> step in new Func<ValueTask>[]
        {
            () => new(ended.CancelAsync()),
            () => new(output.CompleteAsync()),
            () => new(tools?.CompleteAsync() ?? Task.CompletedTask),
            cgroup.RemoveAsync,
            () => OwnImages.Count == 0 ? default : new(Task.Run(() => MountedImage.RemoveAll(OwnImages))),
        })
        {
            try
            {
                await step().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        sockets.Dispose();
        return failures;
    }

    /// <summary>Closes what refers to the processes. Call after <see cref="CompleteAsync"/>, once nobody can send a signal any more.</summary>
    public void Dispose()
    {
        process.Dispose();
        ended.Dispose();
    }
}
