// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Engine;

/// <summary>Requests that only look.</summary>
internal sealed partial class RuntimeEngine
{
    internal Task<IReadOnlyList<ContainerId>> ListAsync() =>
        RequestAsync(() => Task.FromResult<IReadOnlyList<ContainerId>>([.. _containers.Keys]));

    internal Task<IReadOnlyList<string>> RepositoriesAsync() =>
        RequestAsync(() => Task.FromResult<IReadOnlyList<string>>([.. _repositories.Keys]));

    /// <summary>Describes a container. The statistics are read beside the strand.</summary>
    internal async Task<InspectData> InspectAsync(ContainerId id)
    {
        (InspectData data, RunningContainer? running) = await RequestAsync(() =>
        {
            Container container = Find(id);
            var description = new InspectData
            {
                Manifest = container.Manifest,
                Repository = container.Repository.Id,
                Mounted = container.Image is not null,
                Integrity = container.Image?.Integrity,
            };
            return Task.FromResult((description, container.Running));
        }).ConfigureAwait(false);
        if (running is null)
        {
            return data;
        }

        ProcessStatistics statistics = ProcessStatistics.Create(running.Cgroup.WriteStatistics);
        ulong uptime = (ulong)running.Uptime.Ticks * TimeSpan.NanosecondsPerTick;
        return data with { Process = new ProcessData((uint)running.Process.Pid, uptime, statistics) };
    }
}
