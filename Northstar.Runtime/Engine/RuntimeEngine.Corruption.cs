// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Engine;

/// <summary>What follows when an installed image is not what was signed.</summary>
internal sealed partial class RuntimeEngine
{
    /// <summary>Mounts the image of a container. What is found out about it later comes back to the strand.</summary>
    private MountedImage Mount(Container container) => _mounter.Mount(
        container.Stored, container.Repository.IsVerified,
        what => _ = _strand.RunAsync(() => OnCorrupted(container, what)),
        () => _ = _strand.RunAsync(() => CheckFileAsync(container)));

    /// <summary>Reports the damage; unless the repository says that this is all, ends whoever uses the image and refuses the package from now on.</summary>
    private Task OnCorrupted(Container container, string what)
    {
        if (container.Quarantine is not null || !IsInstalled(container))
        {
            return Task.CompletedTask;
        }

        CorruptionPolicy policy = container.Repository.Options.OnCorruption;
        Log.ImageCorrupted(_logger, container.Id, container.Repository.Id, what, policy);
        RuntimeMetrics.Corrupted(container.Id, container.Repository.Id);
        Notifications.Publish(new Notification.Corrupted(container.Id, what));
        if (policy != CorruptionPolicy.Report)
        {
            container.Quarantine = what;
            foreach (Container user in container.Users.Prepend(container))
            {
                _ = user.Running?.Process.Kill(Sys.SIGKILL);
            }

            ReleaseQuarantined();
        }

        if (policy == CorruptionPolicy.Exit)
        {
            _shutdown.TrySetException(RuntimeException.Unexpected($"container {container.Id} of repository {container.Repository.Id} is damaged: {what}"));
        }

        return Task.CompletedTask;
    }

    /// <summary>Reads the whole file of a mounted image again; changes that come while this is under way lead to one more time.</summary>
    private async Task CheckFileAsync(Container container)
    {
        if (container.IsChecking)
        {
            container.MustCheckAgain = true;
            return;
        }

        container.IsChecking = true;
        do
        {
            container.MustCheckAgain = false;
            if (container.Quarantine is null && IsInstalled(container) && await Task.Run(() => FindDamage(container.Stored.Package)).ConfigureAwait(true) is { } damage)
            {
                await OnCorrupted(container, damage).ConfigureAwait(true);
            }
        }
        while (container.MustCheckAgain);
        container.IsChecking = false;
    }

    private string? FindDamage(NpkPackage package)
    {
        try
        {
            package.Verify(null, _stopping.Token);
            return null;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
        catch (Exception e) when (e is NpkException or IOException)
        {
            return e.Message;
        }
    }

    /// <summary>Reads images again whose user got SIGBUS: that is how a program learns that a part of its image cannot be read.</summary>
    private void CheckAfterBusError(IEnumerable<Container> images, IReadOnlyList<MountedImage> own)
    {
        foreach (Container image in images.Where(c =>
            c.Image is { Integrity: ImageMounter.DmVerity } || own.Any(i => i.Container == c.Id && i.Integrity == ImageMounter.DmVerity)))
        {
            _ = CheckFileAsync(image);
        }
    }

    /// <summary>Ends a start that got through while one of its images was found damaged.</summary>
    private static void EndIfQuarantined(Container container, IEnumerable<Container> resources)
    {
        if (resources.Prepend(container).Any(static c => c.Quarantine is not null))
        {
            _ = container.Running?.Process.Kill(Sys.SIGKILL);
        }
    }

    /// <summary>Unmounts what is quarantined and not in use any more.</summary>
    private void ReleaseQuarantined()
    {
        foreach (Container container in _containers.Values.Where(static c => c is { Quarantine: not null, Image: not null, IsStarted: false, Users.Count: 0 }).ToArray())
        {
            _ = ReleaseAsync(container.Id);
        }

        async Task ReleaseAsync(ContainerId id)
        {
            try
            {
                await UmountOneAsync(id).ConfigureAwait(true);
            }
            catch (RuntimeException)
            {
                // Somebody was faster.
            }
        }
    }

    private static RuntimeException Quarantined(Container container) => RuntimeException.Unexpected(
        $"container {container.Id} is quarantined: {container.Quarantine}; uninstall it and install it again");

    private bool IsInstalled(Container container) => _containers.GetValueOrDefault(container.Id) == container;
}
