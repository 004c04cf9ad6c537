// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>Owns all state of a runtime. Requests and events come in through the strand, one at a time; slow work runs beside it and comes back.</summary>
internal sealed partial class RuntimeEngine : IDisposable
{
    private readonly RuntimeOptions _options;
    private readonly ILogger _logger;
    private readonly ILogger _audit;
    private readonly Strand _strand;
    private readonly SemaphoreSlim _slots;
    private readonly SortedDictionary<ContainerId, Container> _containers = [];
    private readonly Dictionary<ContainerId, Gate> _gates = [];
    private readonly SortedDictionary<string, Repository> _repositories = new(StringComparer.Ordinal);
    private readonly CgroupManager _cgroups;
    private readonly DebugTools _tools;
    private readonly ContainerStarter _starter;
    private readonly ImageMounter _mounter;
    private readonly VersionFloors _floors;
    private readonly DataOwners _owners;
    private readonly TrustRecords _trustRecords;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task<Launcher> _launcher;
    private bool _isStopping;

    internal RuntimeEngine(RuntimeOptions options, string socketDirectory, CgroupManager cgroups, Launcher launcher, DebugTools tools, ImageMounter mounter, ILoggerFactory loggers)
    {
        _options = options;
        _logger = loggers.CreateLogger("Northstar.Runtime");
        _audit = loggers.CreateLogger(AuditLoggers.Category);
        _strand = new Strand(e => Log.Fault(_logger, e));
        _slots = new SemaphoreSlim(options.EventBufferSize);
        _cgroups = cgroups;
        _launcher = Task.FromResult(launcher);
        _tools = tools;
        _starter = new ContainerStarter(options, socketDirectory, cgroups, tools, mounter.HasSelinux, _logger, loggers.CreateLogger(ContainerOutput.LogCategory), Output);
        _mounter = mounter;
        _floors = new VersionFloors(options.DataDirectory, _logger);
        _owners = new DataOwners(options.DataDirectory, _logger);
        _trustRecords = new TrustRecords(new KeyListSerials(options.DataDirectory, _logger), new PinnedNames(options.DataDirectory, _logger));
        Notifications = new NotificationHub(options.NotificationBufferSize);
    }

    /// <summary>Gets the notifications.</summary>
    internal NotificationHub Notifications { get; }

    /// <summary>Gets what containers write.</summary>
    internal OutputHub Output { get; } = new();

    /// <summary>Gets what starts containers.</summary>
    internal ContainerStarter Starter => _starter;

    /// <summary>Gets the launcher, for tests.</summary>
    internal Task<Launcher> CurrentLauncher => _launcher;

    /// <summary>Gets a task that ends when a shutdown was asked for; it fails when a critical container is the reason.</summary>
    internal Task ShutdownRequested => _shutdown.Task;

    /// <summary>Gets or sets what serves a container's console: the socket, the container, its permissions, its scope, and a token that ends with the container.</summary>
    internal Action<Socket, ContainerId, Permissions, ConsolePolicyRule?, CancellationToken>? ServeConsole { get; set; }

    /// <summary>Loads the repositories, mounts and starts what shall be there from the beginning. Requests wait until it is done.</summary>
    internal Task StartAsync() => _strand.RunAsync(async () =>
    {
        try
        {
            _ = WatchLauncherAsync();
            Log.IntegrityChosen(_logger, _mounter.Chosen, _mounter.Reason);
            foreach (string device in _mounter.RemoveStaleDevices())
            {
                Log.StaleDevice(_logger, device);
            }

            if (!_tools.IsEmpty)
            {
                Log.DebugTools(_logger, _tools.Description);
            }

            if (!_cgroups.FiltersDevices)
            {
                Log.NoDeviceFilter(_logger, _cgroups.WhyNoDeviceFilter);
            }

            await LoadAsync().ConfigureAwait(true);
            await MountOnStartAsync().ConfigureAwait(true);
            await AutostartAsync().ConfigureAwait(true);
            _ready.SetResult();
        }
        catch (Exception e)
        {
            _ready.TrySetException(e);
            throw;
        }
    });

    /// <summary>Returns once the strand has come to this request; it takes no place of others, and is answered during a shutdown too.</summary>
    internal Task PingAsync() => _strand.RunAsync(static () => Task.CompletedTask);

    /// <summary>Frees what is left after <see cref="StopAsync"/>.</summary>
    public void Dispose()
    {
        if (_launcher.IsCompletedSuccessfully)
        {
            _launcher.Result.Dispose();
        }

        _mounter.Dispose();
        _slots.Dispose();
        _stopping.Dispose();
        _watches.ForEach(static watch => watch.Dispose());
    }

    /// <summary>Opens the repositories, all at the same time, and registers what they hold in the order of their ids.</summary>
    private async Task LoadAsync()
    {
        await Task.Run(LoadTrustRecords).ConfigureAwait(true);
        var loading = _options.Repositories.ToDictionary(
            static r => r.Key, r => Task.Run(() => RepositoryFactory.Load(r.Key, r.Value, _trustRecords, _logger, _audit)), StringComparer.Ordinal);
        await Task.Run(_owners.Load).ConfigureAwait(true);
        await ((Task)Task.WhenAll(loading.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        // Those that could be opened are known, and so are closed at the end, before the failure of another one ends the start.
        foreach ((string id, Task<LoadedRepository> task) in loading)
        {
            if (!task.IsCompletedSuccessfully)
            {
                continue;
            }

            (Repository repository, IReadOnlyList<StoredPackage> packages) = await task.ConfigureAwait(true);
            _repositories.Add(id, repository);
            foreach (StoredPackage package in packages)
            {
                Register(repository, package);
            }
        }

        await Task.WhenAll(loading.Values).ConfigureAwait(true);
        await Task.Run(LoadFloors).ConfigureAwait(true);
        await Task.Run(PinExisting).ConfigureAwait(true);
        WatchTrust();
    }

    private void Register(Repository repository, StoredPackage package)
    {
        if (_containers.TryGetValue(package.Id, out Container? first))
        {
            Log.DuplicateContainer(_logger, package.Id, repository.Id, first.Repository.Id);
            package.Dispose();
            return;
        }

        repository.Count(package);
        RecordKey(repository, package.Package, null);
        _containers.Add(package.Id, new Container(repository, package));
    }

    /// <summary>Runs a request when its turn comes. At most <see cref="RuntimeOptions.EventBufferSize"/> are under way; more wait.</summary>
    private async Task<T> RequestAsync<T>(Func<Task<T>> operation)
    {
        if (!_ready.Task.IsCompletedSuccessfully)
        {
            await _ready.Task.ConfigureAwait(false);
        }

        await _slots.WaitAsync().ConfigureAwait(false);
        try
        {
            return await _strand.RunAsync(() => _isStopping ? throw ShuttingDown() : operation()).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static RuntimeException ShuttingDown() => new(RuntimeErrorCode.ShuttingDown, "the runtime is shutting down");

    private Container Find(ContainerId id) =>
        _containers.TryGetValue(id, out Container? container) ? container : throw RuntimeException.NotInstalled(id);

    /// <summary>Waits for the turn of a container and looks it up then.</summary>
    private async Task<(Gate.Pass Pass, Container Container)> EnterAsync(ContainerId id)
    {
        Find(id);
        if (!_gates.TryGetValue(id, out Gate? gate))
        {
            _gates.Add(id, gate = new Gate());
        }

        Gate.Pass pass = await gate.EnterAsync().ConfigureAwait(true);
        if (_containers.TryGetValue(id, out Container? container))
        {
            return (pass, container);
        }

        pass.Dispose();
        throw RuntimeException.NotInstalled(id);
    }

    /// <summary>The launcher is not expected to end. When it does, its containers have ended with it; a new one takes over.</summary>
    private async Task WatchLauncherAsync()
    {
        while (true)
        {
            Launcher launcher = await _launcher.ConfigureAwait(true);
            await launcher.Ended.ConfigureAwait(true);
            if (_isStopping)
            {
                return;
            }

            // Starts wait for the new one.
            Log.LauncherEnded(_logger);
            _launcher = Task.Run(() => Launcher.StartAsync(InitProgram.Find(_options)));
            launcher.Dispose();
            try
            {
                await _launcher.ConfigureAwait(true);
            }
            catch (Exception e) when (e is LinuxException or LaunchFailedException or IOException)
            {
                _shutdown.TrySetException(RuntimeException.Unexpected($"northstar-init ended and cannot be started again: {e.Message}", e));
                return;
            }
        }
    }
}
