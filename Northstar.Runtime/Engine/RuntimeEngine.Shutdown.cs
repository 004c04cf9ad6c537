// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>The orderly end.</summary>
internal sealed partial class RuntimeEngine
{
    private TaskCompletionSource? _exited;

    /// <summary>Gets or sets how long the processes of containers may take to die. They die at once, unless one waits for a device or a server inside the kernel.</summary>
    internal TimeSpan EndLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Asks for a shutdown; it begins after the answer to whoever asked.</summary>
    internal void RequestShutdown() => _shutdown.TrySetResult();

    /// <summary>Tells subscribers that the end begins and refuses further requests.</summary>
    internal Task AnnounceShutdownAsync() => _strand.RunAsync(() =>
    {
        if (!_isStopping)
        {
            _isStopping = true;
            Log.ShuttingDown(_logger);
            Notifications.Publish(new Notification.Shutdown());
        }

        return Task.CompletedTask;
    });

    /// <summary>Kills every container, waits for their end, unmounts everything and closes the repositories.</summary>
    internal Task StopAsync() => _strand.RunAsync(async () =>
    {
        _isStopping = true;

        // A start that hangs is given up.
        await _stopping.CancelAsync().ConfigureAwait(true);
        long began = Stopwatch.GetTimestamp();
        bool isGivenUp = false;
        while (_containers.Values.Any(static c => c.IsStarted))
        {
            _exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (Container container in _containers.Values)
            {
                _ = container.Running?.Process.Kill(Sys.SIGKILL);
            }

            if (!isGivenUp && Stopwatch.GetElapsedTime(began) > EndLimit)
            {
                isGivenUp = true;
                await GiveUpAsync().ConfigureAwait(true);
            }

            // A start that is under way ends in a running container or in nothing; look again soon, no event tells of the latter.
            await Task.WhenAny(_exited.Task, Task.Delay(TimeSpan.FromMilliseconds(20))).ConfigureAwait(true);
        }

        await Task.WhenAll(_containers.Values.Select(UnmountForGoodAsync)).ConfigureAwait(true);
        foreach (Container container in _containers.Values)
        {
            container.Stored.Dispose();
        }

        _containers.Clear();
        foreach (Repository repository in _repositories.Values)
        {
            (repository as IDisposable)?.Dispose();
        }

        await EndLauncherAsync().ConfigureAwait(true);
        foreach (string path in _cgroups.RemoveTop())
        {
            Log.CgroupLeft(_logger, path);
        }

        _cgroups.Dispose();
        Log.ShutdownComplete(_logger);
    });

    /// <summary>Lets go of containers that do not die. The launcher ends, which counts as their end; the kernel finishes it when it can.</summary>
    private async Task GiveUpAsync()
    {
        foreach (Container container in _containers.Values.Where(static c => c.IsStarted))
        {
            Log.DoesNotDie(_logger, container.Id, EndLimit.TotalSeconds);
        }

        await EndLauncherAsync().ConfigureAwait(true);
    }

    private async Task EndLauncherAsync()
    {
        await ((Task)_launcher).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_launcher.IsCompletedSuccessfully)
        {
            (await _launcher.ConfigureAwait(true)).Dispose();
        }
    }

    private async Task UnmountForGoodAsync(Container container)
    {
        if (container.Mounting is not { } mounting)
        {
            return;
        }

        container.Mounting = null;
        try
        {
            MountedImage image = await mounting.ConfigureAwait(true);
            await Task.Run(image.Dispose).ConfigureAwait(true);
            Log.Umounted(_logger, container.Id);
        }
        catch (Exception e) when (e is LinuxException or IOException or Npk.NpkException or UnauthorizedAccessException)
        {
            // It never was mounted.
            Log.MountFailed(_logger, container.Id, e.Message);
        }
    }
}
