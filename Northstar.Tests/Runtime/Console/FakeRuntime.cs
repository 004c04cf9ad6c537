// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Engine;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Stands in for the engine: records what it is asked and answers what the test says.</summary>
internal sealed class FakeRuntime(int notificationBuffer = 128) : IRuntimeRequests
{
    internal static readonly ContainerId Hello = ContainerId.Parse("hello:0.0.1");

    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];

    public NotificationHub Notifications { get; } = new(notificationBuffer);

    public OutputHub Output { get; } = new();

    /// <summary>Gets or sets what happens before a request succeeds; it may wait or throw.</summary>
    internal Func<string, Task> OnCall { get; set; } = static _ => Task.CompletedTask;

    internal FakeInstall? LastInstall { get; private set; }

    internal TaskCompletionSource ShutdownRequested { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string[] Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public async Task<IReadOnlyList<ContainerId>> ListAsync()
    {
        await CallAsync("list");
        return [Hello];
    }

    public async Task<IReadOnlyList<string>> RepositoriesAsync()
    {
        await CallAsync("repositories");
        return ["mem"];
    }

    public async Task<InspectData> InspectAsync(ContainerId id)
    {
        await CallAsync($"inspect {id}");
        var manifest = new Manifest { Name = id.Name, Version = id.Version, Uid = 1, Gid = 1 };
        return new InspectData { Manifest = manifest, Repository = "mem", Mounted = false, Trust = new TrustData { Key = "k", Pin = ["k"], Floor = id.Version } };
    }

    public async Task<IReadOnlyList<ContainerStatistics>> StatisticsAsync()
    {
        await CallAsync("statistics");
        return [new ContainerStatistics(Hello, "mem", Mounted: true, new ProcessUsage(5, 6, 7, 8, null, 9))];
    }

    /// <summary>Gets or sets which start has a name.</summary>
    internal Func<ContainerName, ulong, bool> OnIsProcessOf { get; set; } = static (_, _) => false;

    internal Func<ContainerName, string?> OnFindInstance { get; set; } = static _ => null;

    public async Task<string?> FindInstanceAsync(ContainerName name)
    {
        await CallAsync($"instance {name}");
        return OnFindInstance(name);
    }

    public Task CheckOutputAsync(ContainerId id, OutputStreams streams) => CallAsync($"output {id} {streams}");

    public async Task<RuntimeException?[]> MountAsync(IReadOnlyList<ContainerId> ids)
    {
        await CallAsync("mount");
        return [.. ids.Select(static id => id == Hello ? null : RuntimeException.NotInstalled(id))];
    }

    public async Task<RuntimeException?[]> UmountAsync(IReadOnlyList<ContainerId> ids)
    {
        await CallAsync("umount");
        return [.. ids.Select(static id => id == Hello ? null : RuntimeException.Busy(id))];
    }

    public Task StartContainerAsync(ContainerId id, StartParameters parameters) =>
        CallAsync($"start {id} {parameters.Init} {string.Join(' ', parameters.Arguments)}".TrimEnd());

    public Task KillAsync(ContainerId id, int signal) => CallAsync($"kill {id} {signal}");

    public async Task<bool> IsProcessOfAsync(ContainerName name, ulong process)
    {
        await CallAsync($"process {name} {process}");
        return OnIsProcessOf(name, process);
    }

    public Task SetFloorAsync(string repositoryId, ContainerId id) => CallAsync($"floor {repositoryId} {id}");

    public async Task VerifyAsync(ContainerId id, IProgress<VerifyProgress> progress, CancellationToken cancellationToken)
    {
        progress.Report(new VerifyProgress(1, 100));
        progress.Report(new VerifyProgress(50, 100));
        await CallAsync($"verify {id}").WaitAsync(cancellationToken);
    }

    public Task UninstallAsync(ContainerId id, bool wipe) => CallAsync($"uninstall {id} {wipe}");

    public async Task<IInstallSession> BeginInstallAsync(string repositoryId, ulong sizeBytes, ImageHashing? image)
    {
        await CallAsync($"install {repositoryId} {sizeBytes}{(image is null ? "" : $" {image.OffsetBytes} {image.Salt}")}");
        return LastInstall = new FakeInstall(this, sizeBytes);
    }

    public void RequestShutdown() => ShutdownRequested.TrySetResult();

    internal async Task CallAsync(string call)
    {
        lock (_lock)
        {
            _calls.Add(call);
        }

        await OnCall(call);
    }
}

/// <summary>An install that keeps its bytes in memory.</summary>
internal sealed class FakeInstall(FakeRuntime runtime, ulong sizeBytes) : IInstallSession
{
    private readonly MemoryStream _bytes = new();

    internal byte[] Bytes => _bytes.ToArray();

    internal TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets or sets the number of bytes after which the storage is full.</summary>
    internal static int Capacity { get; } = 100_000;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length + bytes.Length > Capacity)
        {
            throw RuntimeException.Unexpected("the storage is full");
        }

        _bytes.Write(bytes);
    }

    public async Task<ContainerId> CompleteAsync(Predicate<ContainerId>? isAllowed, CancellationToken cancellationToken)
    {
        if ((ulong)_bytes.Length != sizeBytes)
        {
            throw RuntimeException.Unexpected($"the package ended after {_bytes.Length} bytes");
        }

        if (isAllowed?.Invoke(FakeRuntime.Hello) == false)
        {
            throw RuntimeException.Unexpected("not allowed");
        }

        await runtime.CallAsync("complete").WaitAsync(cancellationToken);
        runtime.Notifications.Publish(new Notification.Install(FakeRuntime.Hello));
        return FakeRuntime.Hello;
    }

    public ValueTask DisposeAsync()
    {
        Disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
