// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>Installing and uninstalling.</summary>
internal sealed partial class RuntimeEngine
{
    /// <summary>Prepares an install: takes room in the repository and a place to write to. The bytes then go to the session, not through the engine.</summary>
    internal async Task<InstallSession> BeginInstallAsync(string repositoryId, ulong sizeBytes, ImageHashing? image = null)
    {
        Repository repository = await RequestAsync(() =>
        {
            Repository found = FindRepository(repositoryId);
            found.Reserve(sizeBytes);
            return Task.FromResult(found);
        }).ConfigureAwait(false);
        try
        {
            return new InstallSession(this, repository, repository.Stage((long)sizeBytes, image), (long)sizeBytes);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            await ReleaseAsync(repository, (long)sizeBytes).ConfigureAwait(false);
            throw StorageFailure($"install into repository {repositoryId}", e);
        }
    }

    /// <summary>Keeps where the runtime stores things from clients; the log has it.</summary>
    internal RuntimeException StorageFailure(string operation, Exception failure)
    {
        Log.StorageFailed(_logger, operation, failure.Message);
        return RuntimeException.Unexpected(
            $"{operation}: " + failure switch
            {
                LinuxException e => e.WithoutDirectory,
                UnauthorizedAccessException => "access is denied",
                _ => failure.Message.Split('\'')[0].TrimEnd(' ', ':'), // the base library ends with the path: "No space left on device : '/path'"
            },
            failure);
    }

    private Repository FindRepository(string id) => _repositories.TryGetValue(id, out Repository? known)
        ? known
        : throw new RuntimeException(RuntimeErrorCode.InvalidRepository, $"there is no repository {id}");

    /// <summary>Gives room in a repository back.</summary>
    internal Task ReleaseAsync(Repository repository, long sizeBytes) => _strand.RunAsync(() =>
    {
        repository.Release(sizeBytes);
        return Task.CompletedTask;
    });

    /// <summary>Makes a checked package part of its repository, if its container is new.</summary>
    internal Task<ContainerId> CommitAsync(Repository repository, PackageStaging staging, NpkPackage package) => RequestAsync(async () =>
    {
        ContainerId id = package.Manifest.Id;
        if (FindRefusal(repository, package, OnInstall, () => _floors.WhyBelow(repository, id)) is { } refusal)
        {
            throw refusal;
        }

        if (_containers.TryGetValue(id, out Container? existing))
        {
            throw existing.Repository == repository
                ? RuntimeException.Unexpected($"container {id} is installed in repository {repository.Id} already")
                : new RuntimeException(RuntimeErrorCode.InstallDuplicate, $"container {id} is installed in repository {existing.Repository.Id}", id);
        }

        // Two installs of the same container may be here at the same time; the name is taken before the first wait.
        if (!_committing.Add(id))
        {
            throw RuntimeException.Unexpected($"container {id} is being installed by somebody else");
        }

        try
        {
            StoredPackage stored = await CommitPinnedAsync(repository, staging, package).ConfigureAwait(true);
            _containers.Add(id, new Container(repository, stored));
        }
        finally
        {
            _committing.Remove(id);
        }

        Log.Installed(_logger, id, repository.Id);
        Notifications.Publish(new Notification.Install(id));
        return id;
    });

    /// <summary>The pin is written first: a package without it could be replaced by another key's after a loss of power.</summary>
    private async Task<StoredPackage> CommitPinnedAsync(Repository repository, PackageStaging staging, NpkPackage package)
    {
        Action unpin = await Task.Run(() => repository.Trust.Pin(package)).ConfigureAwait(true);
        try
        {
            return await Task.Run(() => staging.Commit(package)).ConfigureAwait(true);
        }
        catch
        {
            // Another version may have been accepted, or be about to: then the name stays pinned.
            ContainerId id = package.Manifest.Id;
            if (!_containers.Values.Any(c => c.Id.Name == id.Name) && !_committing.Any(c => c != id && c.Name == id.Name))
            {
                await Task.Run(unpin).ConfigureAwait(true);
            }

            throw;
        }
    }

    /// <summary>Removes a container, and its data when <paramref name="wipe"/> is set.</summary>
    internal Task UninstallAsync(ContainerId id, bool wipe) => RequestAsync(async () =>
    {
        (Gate.Pass pass, Container container) = await EnterAsync(id).ConfigureAwait(true);
        using (pass)
        {
            if (wipe && _containers.Values.FirstOrDefault(c => c.Id != id && c.Id.Name == id.Name && c.IsStarted) is { } running)
            {
                throw RuntimeException.Busy(running.Id);
            }

            if (container.IsStarted)
            {
                throw RuntimeException.Busy(id);
            }

            if (container.Users.Count > 0)
            {
                // Perhaps each of them has a mount of its own.
                throw RuntimeException.Busy(container.Manifest.IsResource ? container.Users[0].Id : id);
            }

            if (container.Mounting is not null)
            {
                await UmountAsync(container).ConfigureAwait(true);
            }

            await RemoveAsync(container).ConfigureAwait(true);
            if (wipe)
            {
                await WipeAsync(container).ConfigureAwait(true);
            }

            Notifications.Publish(new Notification.Uninstall(id));
            return true;
        }
    });

    private readonly HashSet<ContainerId> _committing = [];

    private async Task RemoveAsync(Container container)
    {
        try
        {
            await Task.Run(() => container.Repository.Remove(container.Stored)).ConfigureAwait(true);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw StorageFailure($"uninstall {container.Id}", e);
        }

        container.Repository.Release(container.Stored.SizeBytes);
        _containers.Remove(container.Id);
        _gates.Remove(container.Id);
        Log.Uninstalled(_logger, container.Id, container.Repository.Id);
    }

    private async Task WipeAsync(Container container)
    {
        ContainerId id = container.Id;
        if (_owners.FindOther(id.Name, container.Repository) is { } other)
        {
            Repositories.Log.DataKept(_logger, id, other);
            return;
        }

        try
        {
            if (await Task.Run(() => PersistDirectory.Wipe(_options.DataDirectory, id.Name)).ConfigureAwait(true))
            {
                await Task.Run(() => _owners.Forget(id.Name)).ConfigureAwait(true);
                Log.Wiped(_logger, id, Path.Combine(_options.DataDirectory, id.Name.ToString()));
            }
        }
        catch (LinuxException e)
        {
            Log.CleanupFailed(_logger, id, e.Message);
        }
    }
}
