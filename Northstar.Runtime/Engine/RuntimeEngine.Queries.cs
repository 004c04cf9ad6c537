// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Runtime.Engine;

/// <summary>Requests that only look.</summary>
internal sealed partial class RuntimeEngine
{
    internal Task<IReadOnlyList<ContainerId>> ListAsync() =>
        RequestAsync(() => Task.FromResult<IReadOnlyList<ContainerId>>([.. _containers.Keys]));

    internal Task<IReadOnlyList<string>> RepositoriesAsync() =>
        RequestAsync(() => Task.FromResult<IReadOnlyList<string>>([.. _repositories.Keys]));

    /// <summary>Tells the state of every container and what it consumes. The figures are read beside the strand.</summary>
    internal async Task<IReadOnlyList<ContainerStatistics>> StatisticsAsync()
    {
        // What is read of a container, its files of the cgroup above all, takes its time.
        Func<ContainerStatistics>[] all = await RequestAsync(() => Task.FromResult(_containers.Values.Select(Later).ToArray())).ConfigureAwait(false);
        return Array.ConvertAll(all, static read => read());

        static Func<ContainerStatistics> Later(Container container)
        {
            var statistics = new ContainerStatistics(container.Id, container.Repository.Id, container.Image is not null);
            RunningContainer? running = container.Running;
            return () => running is null ? statistics : statistics with { Process = UsageOf(running) };
        }
    }

    /// <summary>Tells whether a process is one of the running container of a name.</summary>
    internal Task<bool> IsProcessOfAsync(ContainerName name, ulong process) => RequestAsync(async () =>
        _containers.Values.FirstOrDefault(c => c.Id.Name == name && c.IsStarted)?.Running is { Cgroup: { } cgroup }
        && await Task.Run(() => cgroup.Holds(process)).ConfigureAwait(true));

    /// <summary>Says which start of which package has a name now. Waits for a start that is under way, whose program may ask already.</summary>
    internal Task<string?> FindInstanceAsync(ContainerName name) => RequestAsync(async () =>
    {
        if (_containers.Values.FirstOrDefault(c => c.Id.Name == name && c.IsStarted) is not { } started)
        {
            return null;
        }

        (Gate.Pass pass, Container container) = await EnterAsync(started.Id).ConfigureAwait(true);
        using (pass)
        {
            return container.Running is { } running
                ? string.Create(CultureInfo.InvariantCulture, $"{container.Repository.Id}\n{container.Stored.Package.VerifiedBy?.Id}\n{container.Id}\n{running.Number}")
                : null;
        }
    });

    /// <summary>Fails unless a container exists and at least one of the streams goes through the runtime.</summary>
    internal Task CheckOutputAsync(ContainerId id, OutputStreams streams) => RequestAsync(() =>
    {
        StandardStreams? io = Find(id).Manifest.Io;
        bool hasOutput = streams.HasFlag(OutputStreams.Stdout) && io is { Stdout: not OutputMode.Discard };
        bool hasError = streams.HasFlag(OutputStreams.Stderr) && io is { Stderr: not OutputMode.Discard };
        return hasOutput || hasError
            ? Task.FromResult(true)
            : throw RuntimeException.Unexpected($"container {id} discards what is to be followed; its manifest needs stdout or stderr as pipe or inherit in io");
    });

    private TrustData Describe(Container container)
    {
        NpkPackage package = container.Stored.Package;
        return new TrustData
        {
            Key = package.VerifiedBy?.Id,
            Package = package.SignedHash,
            Pin = container.Repository.Trust.PinOf(container.Id.Name) ?? [],
            Floor = _floors.Find(container.Repository, container.Id.Name),
            Revoked = container.Repository.Trust.WhyRevoked(package),
            Refused = container.Quarantine ?? WhyUnusable(container),
        };
    }

    private static ProcessUsage UsageOf(RunningContainer running)
    {
        CgroupUsage usage = running.Cgroup.ReadUsage();
        ulong uptime = (ulong)running.Uptime.Ticks * TimeSpan.NanosecondsPerTick;
        return new ProcessUsage((uint)running.Process.Pid, uptime, usage.CpuNanoseconds, usage.MemoryBytes, usage.MemoryLimitBytes, usage.Tasks);
    }

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
                Trust = Describe(container),
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
