// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Runtime.Linux.Namespaces;

namespace Northstar.Runtime.Containers;

/// <summary>What one start needs, decided by the engine beforehand.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Root">The container's image.</param>
/// <param name="Resources">The image of each resource mount, by target.</param>
/// <param name="Program">The program.</param>
/// <param name="Parameters">What the request replaces.</param>
/// <param name="Seccomp">The compiled filter; empty for none.</param>
/// <param name="Console">The container's end of its console, or null. Owned by the caller.</param>
/// <param name="Ended">Cancelled when the container has ended. Taken over when the start succeeds.</param>
internal sealed record StartSetup(
    Manifest Manifest,
    MountedImage Root,
    IReadOnlyDictionary<string, MountedImage> Resources,
    string Program,
    StartParameters Parameters,
    byte[] Seccomp,
    SafeHandle? Console,
    CancellationTokenSource Ended);

/// <summary>Makes everything a container needs beside its mounts, launches it, and takes all of it back when a step fails. Works outside the strand.</summary>
internal sealed class ContainerStarter(
    RuntimeOptions options, string socketDirectory, CgroupManager cgroups, DebugTools tools, bool hasSelinux, ILogger logger, ILogger outputLogger, OutputHub hub)
{
    private const int AlwaysNew = Sys.CLONE_NEWNS | Sys.CLONE_NEWIPC | Sys.CLONE_NEWUTS | Sys.CLONE_NEWCGROUP;

    private readonly MountPlanner _mounts = new(options, socketDirectory, logger);

    /// <summary>Gets what opens the sources of bind mounts.</summary>
    internal BindSources Sources { get; } = new();

    /// <summary>Gets or sets a value indicating whether labels of manifests have a meaning here.</summary>
    internal bool HasSelinux { get; set; } = hasSelinux;

    /// <summary>Gets or sets what tells why real-time programs are not throttled, for tests.</summary>
    internal Func<string?> WhyUnthrottled { get; set; } = ProcessProbes.RealtimeThrottling;

    /// <summary>Gets or sets the fault of every launch, for tests.</summary>
    internal LaunchFault Fault { get; set; }

    /// <summary>Gets or sets the time from the request to the launcher until the program runs. It takes milliseconds; only a step that hangs takes longer.</summary>
    internal TimeSpan LaunchLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Starts a container. Returns when its program runs.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="setup">What to start.</param>
    /// <param name="onMemoryEvent">Gets memory events, from a thread of its own, when the manifest asks for them.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    internal async Task<RunningContainer> StartAsync(
        Launcher launcher, StartSetup setup, Action<MemoryEvents> onMemoryEvent, CancellationToken cancellationToken)
    {
        Manifest manifest = setup.Manifest;
        if (IsRealtime(manifest) && WhyUnthrottled() is { } cause)
        {
            Log.NoRealtimeThrottling(logger, manifest.Id, cause);
        }

        var opened = new List<SafeHandle>();
        ContainerSockets? sockets = null;
        ContainerOutput? output = null;
        RunningTools? running = null;
        OpenedSources? sources = null;
        Task<OpenedSources>? opening = Sources.Open(manifest);

        // The cgroups are made beside everything else; init asks for them last.
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Cgroup> creating = Task.Run(() => CreateCgroupAsync(manifest, granted, onMemoryEvent), CancellationToken.None);
        try
        {
            output = new ContainerOutput(manifest.Io, manifest.Id, outputLogger, hub: hub);
            sockets = ContainerSockets.Create(socketDirectory, manifest);
            sources = opening is null ? null : await opening.ConfigureAwait(false);
            LaunchPlan plan = Plan(setup, sockets, output, sources, opened, cancellationToken);
            LaunchedContainer process = await LaunchAsync(launcher, plan, creating, AttachAsync, cancellationToken).ConfigureAwait(false);
            Cgroup cgroup = await creating.ConfigureAwait(false);
            cgroup.CloseJoinDescriptors();
            output.ClosePayloadEnds();
            sockets.CloseDescriptors();
            _ = Task.Run(setup.Root.PrepareRoot, CancellationToken.None);
            return new RunningContainer(process, cgroup, sockets, output, running, setup.Ended);
        }
        catch
        {
            output?.Dispose();
            sockets?.Dispose();
            if (running is not null)
            {
                await running.DisposeAsync().ConfigureAwait(false);
            }

            if (granted.TrySetCanceled(CancellationToken.None))
            {
                // It looks at devices of the host yet, which may hang, and makes nothing any more.
                _ = creating.ContinueWith(static c => c.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
            else
            {
                await AbandonAsync(creating, manifest.Id).ConfigureAwait(false);
            }

            throw;
        }
        finally
        {
            opened.ForEach(static handle => handle.Dispose());
            sources?.Dispose();
            if (sources is null && opening is not null)
            {
                // Nobody took them: a step before failed.
                _ = opening.ContinueWith(static o => o.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                _ = opening.ContinueWith(static o => o.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }

        async Task AttachAsync(int pid) => running = await tools.AttachAsync(new ToolTarget(manifest.Id, pid)).ConfigureAwait(false);
    }

    private async Task<LaunchedContainer> LaunchAsync(
        Launcher launcher, LaunchPlan plan, Task<Cgroup> creating, Func<int, Task> attach, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LaunchLimit);
        try
        {
            SafeHandle? birth = cgroups.UsesUnified ? (await creating.WaitAsync(limit.Token).ConfigureAwait(false)).BirthDirectory : null;
            return await launcher.LaunchAsync(plan, birth, JoinsAsync(creating), attach, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LaunchFailedException(LaunchStage.None, (int)Errno.ETIMEDOUT, "");
        }
    }

    private static async Task<IReadOnlyList<SafeHandle>> JoinsAsync(Task<Cgroup> creating) => (await creating.ConfigureAwait(false)).JoinDescriptors;

    /// <param name="manifest">The manifest.</param>
    /// <param name="granted">Set when the devices are known; cancelled when the start was given up before.</param>
    /// <param name="onMemoryEvent">Gets memory events.</param>
    private async Task<Cgroup> CreateCgroupAsync(Manifest manifest, TaskCompletionSource granted, Action<MemoryEvents> onMemoryEvent)
    {
        CgroupDefaults defaults = CgroupDefaultsOf(manifest, options, Sources);
        if (!granted.TrySetResult())
        {
            throw new OperationCanceledException();
        }

        Cgroup cgroup = await cgroups.CreateAsync(manifest.Name, manifest.Cgroups, defaults).ConfigureAwait(false);
        try
        {
            foreach (string warning in cgroup.Warnings)
            {
                Log.CgroupSetting(logger, manifest.Id, warning);
            }

            if (manifest.Cgroups?.Memory?.OomMonitor == true)
            {
                cgroup.StartMemoryMonitor(onMemoryEvent);
            }

            return cgroup;
        }
        catch
        {
            await cgroup.RemoveAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Removes the cgroups of a start that failed, unless making them is what failed.</summary>
    private async Task AbandonAsync(Task<Cgroup> creating, ContainerId container)
    {
        await ((Task)creating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!creating.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            await creating.Result.RemoveAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or LinuxException)
        {
            Log.CgroupSetting(logger, container, e.Message);
        }
    }

    /// <summary>Returns what a container gets beside its cgroup settings: a pids limit of its own or the configured one, a real-time budget, devices.</summary>
    internal static CgroupDefaults CgroupDefaultsOf(Manifest manifest, RuntimeOptions options, BindSources sources)
    {
        bool isRealtime = IsRealtime(manifest) && manifest.Cgroups?.Cpu?.RealtimeRuntime is null;
        ManifestExtensions extensions = manifest.Extensions; // read anew each time it is asked for
        return new CgroupDefaults(extensions.Pids ?? options.DefaultPids, isRealtime ? options.RealtimeBudget : null)
        {
            Devices = DeviceGrants.Of(manifest, extensions.Devices, sources),
            MemoryBytes = (long?)options.DefaultMemoryBytes,
            SwapBytes = (long?)options.DefaultSwapBytes,
            Cpu = options.DefaultCpu,
        };
    }

    private static bool IsRealtime(Manifest manifest) => manifest.Sched is SchedulingPolicy.Fifo or SchedulingPolicy.RoundRobin;

    private LaunchPlan Plan(StartSetup setup, ContainerSockets sockets, ContainerOutput output, OpenedSources? sources, List<SafeHandle> opened, CancellationToken cancellationToken)
    {
        Manifest manifest = setup.Manifest;
        MountHandle root = setup.Root.TakeRoot();
        opened.Add(root);
        (int namespaces, SafeHandle? network) = Namespaces(manifest, opened);
        var inherited = new List<SafeHandle>();
        if (setup.Console is not null)
        {
            inherited.Add(setup.Console);
        }

        inherited.AddRange(sockets.Descriptors);
        return new LaunchPlan
        {
            ProcessName = $"init-{manifest.Id}",
            Root = root,
            Namespaces = namespaces,
            HostName = HostName(manifest.Name),
            NetworkNamespace = network,
            Mounts = _mounts.Plan(manifest, setup.Root, setup.Resources, sources, opened, cancellationToken),
            MaskedPaths = MountPlanner.MaskedPaths(manifest),
            Uid = manifest.Uid,
            Gid = manifest.Gid,
            Groups = [.. manifest.SupplementaryGroups.Select(GroupId)],
            Label = HasSelinux ? manifest.Selinux?.Exec ?? "" : "",
            Capabilities = manifest.Capabilities.Aggregate(0ul, static (set, capability) => set | (1ul << (int)capability)),
            Rlimits = PayloadLimits.Of(manifest, options),
            Scheduling = Scheduling(manifest.Sched),
            Seccomp = setup.Seccomp,
            StandardStreams = [null, output.Output, output.Error],
            Inherited = inherited,
            Program = setup.Program,
            Arguments = [setup.Program, .. setup.Parameters.Arguments.Count > 0 ? setup.Parameters.Arguments : manifest.Args],
            Environment = PayloadEnvironment.Compose(manifest, setup.Parameters, setup.Console is not null, sockets.Variables),
            Waits = !tools.IsEmpty,
            Fault = Fault,
        };
    }

    /// <summary>The container's name, as far as the kernel takes it.</summary>
    private static string HostName(ContainerName container)
    {
        const int MaxLength = 64; // __NEW_UTS_LEN; names are ASCII
        string name = container.ToString();
        return name.Length <= MaxLength ? name : name[..MaxLength];
    }

    private static (int Flags, SafeHandle? Network) Namespaces(Manifest manifest, List<SafeHandle> opened)
    {
        switch (manifest.Network)
        {
            case null:
                return (AlwaysNew | Sys.CLONE_NEWNET, null);
            case Network.Namespace named:
                SafeFd network = NamedNetwork.Open(named.Name);
                opened.Add(network);
                return (AlwaysNew, network);
            default:
                return (AlwaysNew, null);
        }
    }

    private static uint GroupId(string name) =>
        HostGroups.FindGroup(name) ?? throw new LinuxException((int)Errno.ENOENT, "look up group", name);

    private static PlannedScheduling? Scheduling(SchedulingPolicy? policy) => policy switch
    {
        null => null,
        SchedulingPolicy.Other other => new PlannedScheduling(Sys.SCHED_OTHER, 0, other.Nice),
        SchedulingPolicy.Batch batch => new PlannedScheduling(Sys.SCHED_BATCH, 0, batch.Nice),
        SchedulingPolicy.Fifo fifo => new PlannedScheduling(Sys.SCHED_FIFO, (int)fifo.Priority, 0),
        SchedulingPolicy.RoundRobin roundRobin => new PlannedScheduling(Sys.SCHED_RR, (int)roundRobin.Priority, 0),
        SchedulingPolicy.Idle => new PlannedScheduling(Sys.SCHED_IDLE, 0, 0),
        _ => throw new LinuxException((int)Errno.EINVAL, "sched_setscheduler", "the policy deadline, which a manifest cannot give the parameters of"),
    };
}
