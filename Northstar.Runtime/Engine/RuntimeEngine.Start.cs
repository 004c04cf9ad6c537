// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>Starting containers and what follows until their end.</summary>
internal sealed partial class RuntimeEngine
{
    private const int LastStandardSignal = 31;

    /// <summary>Starts a container. Returns when its program runs.</summary>
    internal Task StartContainerAsync(ContainerId id, StartParameters parameters) => RequestAsync(async () =>
    {
        await StartOneAsync(id, parameters).ConfigureAwait(true);
        return true;
    });

    /// <summary>Sends a signal to a container.</summary>
    internal Task KillAsync(ContainerId id, int signal) => RequestAsync(async () =>
    {
        if (signal is < 1 or > LastStandardSignal)
        {
            throw RuntimeException.Unexpected($"signal {signal} is none of the standard signals 1 to {LastStandardSignal}");
        }

        (Gate.Pass pass, Container container) = await EnterAsync(id).ConfigureAwait(true);
        using (pass)
        {
            RunningContainer running = container.Running
                ?? throw new RuntimeException(RuntimeErrorCode.NotStarted, $"container {id} is not started", id);
            int errno = running.Process.Kill(signal);
            if (errno != 0)
            {
                throw RuntimeException.Unexpected(LinuxException.Format(errno, "kill", id.ToString(), null));
            }

            Log.KillSent(_logger, id, signal);
            return true;
        }
    });

    private async Task StartOneAsync(ContainerId id, StartParameters parameters)
    {
        (Gate.Pass pass, Container container) = await EnterAsync(id).ConfigureAwait(true);
        using (pass)
        {
            string program = CheckStart(container, parameters);
            Dictionary<string, Container> resources = Resolve(container);
            container.IsStarting = true;
            Use(container, resources);
            RunningContainer? running = null;
            try
            {
                running = await LaunchAsync(container, resources, program, parameters).ConfigureAwait(true);
            }
            finally
            {
                container.IsStarting = false;
                container.Running = running;
                if (running is null)
                {
                    Unuse(container);
                }
            }

            Log.Started(_logger, id, running.Process.Pid);
            Notifications.Publish(new Notification.Started(id));
            ProvedVersion[] floors = FloorsOf(container, resources);
            _ = WatchAsync(container, running, floors);
            _ = ProveAsync(container, running, floors);
            EndIfRevoked(container);
            EndIfQuarantined(container, resources.Values);
        }
    }

    /// <summary>Checks what may be checked without doing anything. Returns the program.</summary>
    private string CheckStart(Container container, StartParameters parameters)
    {
        if (_isStopping)
        {
            throw ShuttingDown();
        }

        if (container.IsStarted)
        {
            throw RuntimeException.Started(container.Id);
        }

        if (container.Quarantine is not null)
        {
            throw RuntimeException.StartFailed(container.Id, Quarantined(container));
        }

        if (FindRefusal(container.Repository, container.Stored.Package, OnStart, () => WhyUnusable(container)) is { } refusal)
        {
            throw RuntimeException.StartFailed(container.Id, refusal);
        }

        if (_containers.Values.FirstOrDefault(c => c.Id.Name == container.Id.Name && c.IsStarted) is { } other)
        {
            throw RuntimeException.Started(other.Id);
        }

        if (parameters.FindReserved() is { } variable)
        {
            throw new RuntimeException(RuntimeErrorCode.InvalidArguments, $"the variable {variable} is set by the runtime only", container.Id);
        }

        if (parameters.AreTooMany)
        {
            throw new RuntimeException(
                RuntimeErrorCode.InvalidArguments, $"a start takes at most {StartParameters.MostTexts} arguments and as many variables", container.Id);
        }

        return parameters.ProgramFor(container.Manifest)
            ?? throw new RuntimeException(
                RuntimeErrorCode.ResourceContainer, $"container {container.Id} is a resource: it has no program to start", container.Id);
    }

    /// <summary>Chooses the container behind each resource mount, once per start.</summary>
    private Dictionary<string, Container> Resolve(Container container)
    {
        var resources = new Dictionary<string, Container>();
        foreach ((string target, Mount mount) in container.Manifest.Mounts)
        {
            if (mount is Mount.Resource resource)
            {
                Container chosen = resources[target] = Choose(container, resource);
                Log.ResourceChosen(_logger, container.Id, target, chosen.Id, chosen.Repository.Id);
            }
        }

        return resources;
    }

    private Container Choose(Container container, Mount.Resource resource)
    {
        Container[] matches = [.. _containers.Values.Where(c => c.Id.Name == resource.Name && resource.Requirement.Matches(c.Id.Version))];
        Container[] usable = [.. matches.Where(c => WhyUnusable(c) is null && MayUse(container, c))];

        // A damaged one only if there is no other: its start then says what is wrong.
        if (usable.Any(static c => c.Quarantine is null))
        {
            usable = [.. usable.Where(static c => c.Quarantine is null)];
        }

        Container? chosen = _options.ResourceSelection == ResourceSelection.Highest ? usable.LastOrDefault() : usable.FirstOrDefault();
        return chosen ?? throw RuntimeException.MissingResource(
            container.Id, resource.Name, resource.Requirement.ToString(), matches.Length == 0 ? null : WhyNot(container, matches[^1]));
    }

    private static void Use(Container container, Dictionary<string, Container> resources)
    {
        foreach (Container resource in resources.Values)
        {
            resource.Users.Add(container);
        }
    }

    private void Unuse(Container container)
    {
        foreach (Container resource in _containers.Values)
        {
            resource.Users.RemoveAll(user => user == container);
        }
    }

    private async Task<RunningContainer> LaunchAsync(
        Container container, Dictionary<string, Container> resources, string program, StartParameters parameters)
    {
        Task<MountedImage> root = EnsureMountedAsync(container);
        (Dictionary<string, MountedImage> images, IReadOnlyList<MountedImage> own) = await MountResourcesAsync(container, resources).ConfigureAwait(true);
        var ended = new CancellationTokenSource();
        SafeFd? console = OpenConsole(container, ended.Token);
        try
        {
            await root.ConfigureAwait(true);
            await ClaimDataAsync(container).ConfigureAwait(true);
            byte[] seccomp = await CompileOnceAsync(container).ConfigureAwait(true);
            var setup = new StartSetup(
                container.Manifest, root.Result, images, program, parameters,
                seccomp, console, ended);
            Launcher launcher = await _launcher.ConfigureAwait(true);
            RunningContainer running = await _strand.RunAsideAsync(() =>
                _starter.StartAsync(launcher, setup, events => OnMemoryEvent(container.Id, events), _stopping.Token)).ConfigureAwait(true);
            running.OwnImages = own;
            return running;
        }
        catch (Exception e)
        {
            await ended.CancelAsync().ConfigureAwait(true);
            ended.Dispose();
            await Task.Run(() => MountedImage.RemoveAll(own)).ConfigureAwait(true);
            throw e switch
            {
                RuntimeException => e,
                OperationCanceledException when _isStopping => ShuttingDown(),
                LaunchFailedException or LinuxException or IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException =>
                    RuntimeException.StartFailed(container.Id, e),
                _ => RuntimeException.Unexpected(e.Message, e),
            };
        }
        finally
        {
            console?.Dispose();
        }
    }

    /// <summary>Compiles the container's seccomp filter, unless that has been done or is under way.</summary>
    private Task<byte[]> CompileOnceAsync(Container container) => container.Seccomp ??= Task.Run(() =>
        SeccompCompiler.Compile(RuntimeInformation.ProcessArchitecture, container.Manifest, _options.Seccomp) ?? []);

    /// <summary>Makes a container's console and begins to serve it. Returns the container's end.</summary>
    private SafeFd? OpenConsole(Container container, CancellationToken ended)
    {
        if (container.Manifest.Console is not { } permissions || ServeConsole is null)
        {
            return null;
        }

        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        NpkPackage package = container.Stored.Package;
        ConsolePolicyRule? scope = HostPolicy.FindConsoleScope(
            _options, container.Manifest, container.Repository.Id, package.VerifiedBy?.Id, container.Repository.Trust.ClassOf(package));
        ServeConsole(ours.ToSocket(), container.Id, permissions, scope, ended);
        return theirs;
    }

    private void OnMemoryEvent(ContainerId id, Linux.Cgroups.MemoryEvents events)
    {
        Log.OutOfMemory(_logger, id, events.Oom ?? 0, events.OomKill ?? 0);
        Notifications.Publish(new Notification.CGroup(id, new Api.MemoryEvents(events.Low, events.High, events.Max, events.Oom, events.OomKill)));
    }

    private async Task WatchAsync(Container container, RunningContainer running, ProvedVersion[] floors)
    {
        ContainerExit exit = await running.Process.Exited.ConfigureAwait(true);
        foreach (Exception failure in await running.CompleteAsync().ConfigureAwait(true))
        {
            Log.CleanupFailed(_logger, container.Id, failure.Message);
        }

        container.Running = null;
        running.Dispose();
        if (exit is { IsSignal: true, Value: Sys.SIGBUS })
        {
            CheckAfterBusError(_containers.Values.Where(c => c.Users.Contains(container)).Append(container), running.OwnImages);
        }

        Unuse(container);
        ReleaseQuarantined();
        Log.ProcessExited(_logger, container.Id, exit, running.Uptime);
        Log.Exited(_logger, container.Id, exit);
        ExitStatus status = exit.IsSignal ? new ExitStatus.Signalled((uint)exit.Value) : new ExitStatus.Exit(exit.Value);
        Notifications.Publish(new Notification.Exit(container.Id, status));
        if (container.Manifest.Autostart == Autostart.Critical && !exit.IsSuccess && !_isStopping)
        {
            _shutdown.TrySetException(new RuntimeException(
                RuntimeErrorCode.CriticalContainer, $"critical container {container.Id} ended with {exit}", container.Id));
        }

        _exited?.TrySetResult();
        if (exit.IsSuccess && floors.Length > 0)
        {
            await Task.Run(() => _floors.Raise(floors)).ConfigureAwait(true);
        }
    }

    private async Task AutostartAsync()
    {
        foreach (Container container in _containers.Values.Where(static c => c.Manifest.Autostart is not null).ToArray())
        {
            try
            {
                await StartOneAsync(container.Id, StartParameters.None).ConfigureAwait(true);
            }
            catch (RuntimeException e) when (container.Manifest.Autostart == Autostart.Relaxed)
            {
                Log.AutostartFailed(_logger, container.Id, e.Message);
            }
        }
    }
}
