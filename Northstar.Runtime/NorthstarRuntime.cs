// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Console;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Engine;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Runtime;

/// <summary>A running container runtime. A process may run several, each with directories and a cgroup of its own.</summary>
/// <remarks>
/// Needs root, or the capabilities that the documentation lists. The runtime mounts nothing into the host's tree: when the process ends in
/// any way, the kernel removes mounts and loop devices and ends every container. All members are thread-safe.
/// </remarks>
public sealed class NorthstarRuntime : IAsyncDisposable
{
    private readonly RuntimeFiles _files;
    private readonly RuntimeEngine _engine;
    private readonly ConsoleServer _console;
    private readonly AuditFile? _audit;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NorthstarRuntime(RuntimeFiles files, RuntimeEngine engine, ConsoleServer console, AuditFile? audit)
    {
        _audit = audit;
        _files = files;
        _engine = engine;
        _console = console;
    }

    /// <summary>Gets a task that ends after an orderly shutdown, asked for by <see cref="StopAsync"/> or a client. It fails when the runtime ended because of an error, for example a critical container that ended; everything is cleaned up then too.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts a runtime: loads the repositories, mounts and starts what shall be there from the beginning.</summary>
    /// <param name="options">The configuration. It is read once; later changes have no effect.</param>
    /// <param name="loggerFactory">Where records go; null for nowhere. Output of containers has the category <c>Northstar.Container</c>.</param>
    /// <param name="cancellationToken">Cancels the start; what was started is taken back.</param>
    /// <exception cref="OptionsValidationException">An option has no valid value.</exception>
    /// <exception cref="RuntimeException">The start failed. Nothing is left behind.</exception>
    public static async Task<NorthstarRuntime> StartAsync(
        RuntimeOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ValidateOptionsResult valid = new RuntimeOptionsValidator().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(nameof(RuntimeOptions), typeof(RuntimeOptions), valid.Failures);
        }

        long began = Stopwatch.GetTimestamp();
        ILoggerFactory loggers = loggerFactory ?? NullLoggerFactory.Instance;
        AuditFile? audit = null;
        RuntimeFiles? files = null;
        CgroupManager? cgroups = null;
        ImageMounter? mounter = null;
        Task<Launcher>? starting = null;
        Launcher launcher;
        DebugTools tools;
        try
        {
            ProcessProtection.Apply(options);
            if (options.AuditFile is { } path)
            {
                audit = AuditFile.Open(path, loggers.CreateLogger("Northstar.Runtime"), TimeProvider.System);
                loggers = new AuditLoggers(loggers, audit, TimeProvider.System);
            }

            string init = InitProgram.Find(options);
            tools = CheckHost(options, init, loggers);
            mounter = new ImageMounter(options, hasSelinux: File.Exists("/sys/fs/selinux/enforce"));
            files = RuntimeFiles.Prepare(options, loggers.CreateLogger("Northstar.Runtime"));
            starting = Launcher.StartAsync(init);
            cgroups = CgroupManager.Open();
            cgroups.CreateTop(options.Cgroup);
            foreach (string left in await cgroups.TakeOverAsync().ConfigureAwait(false))
            {
                Engine.Log.CgroupLeft(loggers.CreateLogger("Northstar.Runtime"), left);
            }

            launcher = await starting.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await EndAsync(starting).ConfigureAwait(false);
            cgroups?.RemoveTop();
            cgroups?.Dispose();
            mounter?.Dispose();
            files?.Dispose();
            audit?.Dispose();
            throw Failure(e);
        }

        var engine = new RuntimeEngine(options, files.SocketDirectory, cgroups, launcher, tools, mounter, loggers);
        var console = new ConsoleServer(engine, options.Console, loggers, isManaged: cgroups.IsManaged);
        var runtime = new NorthstarRuntime(files, engine, console, audit);
        engine.ServeConsole = console.ServeContainer;
        try
        {
            await console.StartListeningAsync().ConfigureAwait(false);
            await engine.StartAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception e)
        {
            throw await runtime.AbandonAsync(e).ConfigureAwait(false);
        }

        Engine.Log.Ready(loggers.CreateLogger("Northstar.Runtime"), Stopwatch.GetElapsedTime(began));
        _ = runtime.RunAsync();
        return runtime;
    }

    /// <summary>Gets what starts containers, for tests.</summary>
    internal ContainerStarter Starter => _engine.Starter;

    /// <summary>Gets the launcher, for tests.</summary>
    internal Task<Launcher> CurrentLauncher => _engine.CurrentLauncher;

    /// <summary>Sets how long the processes of containers may take to die at a shutdown, for tests.</summary>
    internal TimeSpan EndLimit
    {
        set => _engine.EndLimit = value;
    }

    /// <summary>Sets how long a program has to run to prove its version, for tests.</summary>
    internal TimeSpan FloorTrial
    {
        set => _engine.FloorTrial = value;
    }

    /// <summary>Connects a client of this process, without a socket of the file system.</summary>
    /// <param name="permissions">What the client may do.</param>
    /// <param name="options">The client's options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the handshake.</param>
    public async Task<NorthstarClient> ConnectAsync(
        Permissions permissions = Permissions.Full, NorthstarClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        _ = _console.ServeAsync(ours.ToSocket(), permissions);
        var stream = new NetworkStream(theirs.ToSocket(), ownsSocket: true);
        return await NorthstarClient.ConnectAsync(stream, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Returns once the loop that owns the runtime's state has come to this request: at once, unless the loop is stuck. A watchdog that hears
    /// nothing for long should end the process; the kernel then ends the containers, and the next start cleans up.
    /// </summary>
    public Task PingAsync() => _engine.PingAsync();

    /// <summary>Shuts down: containers are killed, everything is unmounted. Returns when nothing is left.</summary>
    public Task StopAsync()
    {
        _engine.RequestShutdown();
        return Completion;
    }

    /// <summary>Shuts down if that has not happened yet. Does not throw for the reason the runtime ended for; see <see cref="Completion"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _engine.RequestShutdown();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        Exception? reason = null;
        try
        {
            await _engine.ShutdownRequested.ConfigureAwait(false);
        }
        catch (RuntimeException e)
        {
            reason = e;
        }

        try
        {
            await CleanUpAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            reason ??= e;
        }

        _ = reason is null ? _completion.TrySetResult() : _completion.TrySetException(reason);
    }

    /// <summary>Takes a start back. Its failure stays the first one, and carries that of the clean-up if there is one.</summary>
    private async Task<Exception> AbandonAsync(Exception cause)
    {
        try
        {
            await CleanUpAsync().ConfigureAwait(false);
            return Failure(cause);
        }
        catch (Exception second)
        {
            return Failure(new AggregateException($"{cause.Message}; and the clean-up failed: {second.Message}", cause, second));
        }
    }

    private async Task CleanUpAsync()
    {
        // A step that fails does not keep the others from running: whatever can be freed is freed.
        var failures = new List<Exception>();
        foreach (Func<ValueTask> step in new Func<ValueTask>[]
        {
            () => new(_engine.AnnounceShutdownAsync()),
            () => new(_console.StopListeningAsync()),
            () => new(_engine.StopAsync()),
            _console.DisposeAsync,
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

        _engine.Dispose();
        _files.Dispose();
        _audit?.Dispose();
        if (failures.Count > 0)
        {
            throw new AggregateException("the shutdown was not complete", failures);
        }
    }

    /// <summary>Looks for everything that has to be there before anything is made, and reports all that is missing together.</summary>
    private static DebugTools CheckHost(RuntimeOptions options, string init, ILoggerFactory loggers)
    {
        List<string> missing = [.. HostFeatures.FindMissing(), .. RuntimeFiles.FindProblems(options)];
        if (options.Integrity == IntegrityMode.DmVerity && HostFeatures.WhyMissing("dm-verity") is { } reason)
        {
            missing.Add($"integrity = \"dm-verity\" is configured and this machine has none: {reason}; set integrity to \"auto\" or \"sealed-memory\" to do without");
        }

        var host = new ToolHost(init, options.LogDirectory, loggers.CreateLogger("Northstar.Runtime"), loggers.CreateLogger(ContainerOutput.LogCategory));
        DebugTools tools = DebugTools.Find(options.Debug, host, missing);
        return missing.Count switch
        {
            0 => tools,
            1 => throw RuntimeException.Unexpected($"start the runtime: {missing[0]}"),
            _ => throw RuntimeException.Unexpected($"start the runtime: {missing.Count} requirements are not met\n- {string.Join("\n- ", missing)}"),
        };
    }

    private static async Task EndAsync(Task<Launcher>? starting)
    {
        if (starting is not null)
        {
            await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (starting.IsCompletedSuccessfully)
            {
                (await starting.ConfigureAwait(false)).Dispose();
            }
        }
    }

    private static Exception Failure(Exception cause) =>
        cause is RuntimeException or OperationCanceledException ? cause : RuntimeException.Unexpected($"start the runtime: {cause.Message}", cause);
}
