// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>Which installed packages may be used still, and by whom.</summary>
internal sealed partial class RuntimeEngine
{
    private readonly List<FileWatch> _watches = [];

    /// <summary>Gets or sets how long a program has to run to prove its version. Tests shorten it.</summary>
    internal TimeSpan FloorTrial { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Returns why a container may neither be started nor be a resource, or null.</summary>
    private string? WhyUnusable(Container container) => RefusesRevoked(container)
        ?? container.Repository.Trust.WhyNotUsable(container.Stored.Package) ?? _floors.WhyBelow(container.Repository, container.Id);

    /// <summary>Returns why a package is revoked, or null when it is not or is reported only.</summary>
    private static string? RefusesRevoked(Container container) =>
        container.Repository.Options.OnRevoked == RevocationPolicy.Stop ? container.Repository.Trust.WhyRevoked(container.Stored.Package) : null;

    /// <summary>What nobody vouches for is no part of what somebody does vouch for.</summary>
    private static bool MayUse(Container user, Container resource) =>
        resource.Repository.IsVerified || !user.Repository.IsVerified || user.Repository.Options.UsesUnverifiedResources;

    private string? WhyNot(Container user, Container resource) =>
        WhyUnusable(resource) is { } cause ? $"{resource.Id} is refused, {cause}"
        : MayUse(user, resource) ? null
        : $"{resource.Id} is in repository {resource.Repository.Id}, which has no key";

    /// <summary>Makes the data of a container that has any its repository's own, unless it is another one's.</summary>
    private async Task ClaimDataAsync(Container container)
    {
        if (container.Manifest.Mounts.Values.Any(static m => m is Mount.Persist) && !_owners.IsOwner(container.Id.Name, container.Repository))
        {
            await Task.Run(() => _owners.Claim(container.Id, container.Repository)).ConfigureAwait(true);
        }
    }

    /// <summary>Returns what a start would make the lowest versions if it proves itself. Of a resource that it uses in two versions the lower one counts.</summary>
    private ProvedVersion[] FloorsOf(Container container, Dictionary<string, Container> resources)
    {
        var floors = new List<ProvedVersion>();
        foreach (Container used in resources.Values.Prepend(container))
        {
            ProvedVersion floor = FloorOf(used);
            int known = floors.FindIndex(f => f.Repository == floor.Repository && f.Id.Name == floor.Id.Name);
            if (known < 0)
            {
                floors.Add(floor);
            }
            else if (floor.Id.Version < floors[known].Id.Version)
            {
                floors[known] = floor;
            }
        }

        return [.. floors.Where(_floors.WouldRaise)];
    }

    /// <summary>Returns what becomes the lowest version with a container: its own, or what its maker says.</summary>
    private static ProvedVersion FloorOf(Container container) =>
        new(container.Repository, container.Manifest.Extensions.MinimumVersion is { } minimum ? new ContainerId(container.Id.Name, minimum) : container.Id);

    /// <summary>Sets the lowest version of a name, as an operator says.</summary>
    internal Task SetFloorAsync(string repositoryId, ContainerId id) => RequestAsync(async () =>
    {
        Repository repository = FindRepository(repositoryId);
        await Task.Run(() => _floors.Set(repository, id)).ConfigureAwait(true);
        return true;
    });

    private void LoadFloors()
    {
        if (_repositories.Values.Any(static r => r.Options.LearnsFloor)
            && _floors.Load(expected: _containers.Values.Any(static c => c.Repository.Options.LearnsFloor)))
        {
            _floors.Raise(_containers.Values.Where(static c => c.Repository.Options.RaisesLostFloor).Select(static c => new ProvedVersion(c.Repository, c.Id)));
        }
    }

    private async Task ProveAsync(Container container, RunningContainer running, ProvedVersion[] floors)
    {
        if (floors.Length == 0)
        {
            return;
        }

        await Task.WhenAny(running.Process.Exited, Task.Delay(FloorTrial, _stopping.Token)).ConfigureAwait(true);
        if (container.Running == running && !running.Process.Exited.IsCompleted && !_isStopping)
        {
            await Task.Run(() => _floors.Raise(floors)).ConfigureAwait(true);
        }
    }

    private void LoadTrustRecords()
    {
        if (_options.Repositories.Values.Any(static r => r.KeyListFile is not null))
        {
            _trustRecords.Serials.Load();
        }

        if (_options.Repositories.Values.Any(static r => r.PinsFirstKey))
        {
            _trustRecords.Pins.Load();
        }
    }

    private void PinExisting()
    {
        foreach (Repository repository in _repositories.Values)
        {
            repository.Trust.PinExisting(_containers.Values.Where(c => c.Repository == repository).Select(static c => c.Stored.Package));
        }
    }

    private void WatchTrust()
    {
        foreach (Repository repository in _repositories.Values)
        {
            Watch(repository.Trust.RevokedFile, () => ReloadRevocationsAsync(repository));
            Watch(repository.Trust.KeyListFile, () => ReloadKeysAsync(repository));
        }
    }

    private void Watch(string? file, Func<Task> reload)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            _watches.Add(new FileWatch(file, () => _ = _strand.RunAsync(reload)));
        }
        catch (LinuxException e)
        {
            Repositories.Log.RevocationsUnwatched(_logger, file, e.Message);
        }

        // It may have changed before it was watched. What it says is told now.
        _ = reload();
    }

    private async Task ReloadKeysAsync(Repository repository)
    {
        string? before = repository.Trust.List?.Digest;
        try
        {
            await Task.Run(repository.Trust.ReloadKeys).ConfigureAwait(true);
        }
        catch (RuntimeException e)
        {
            Repositories.Log.KeyListUnread(_logger, repository.Id, e.Message);
            return;
        }

        KeyList list = repository.Trust.List!;
        Repositories.Log.KeyListRead(_logger, repository.Id, list.Serial, list.Keys.Count);
        foreach (ListedKey expired in list.Keys.Where(static k => k.HasExpired(DateTimeOffset.UtcNow)))
        {
            Repositories.Log.KeyExpired(_logger, repository.Id, expired.Key.Id);
        }

        foreach ((PublicKey key, string name) in list.Digest == before ? [] : DevelopmentKeys.Find(list.Keys.Select(static k => k.Key)))
        {
            Repositories.Log.DevelopmentKey(_logger, repository.Id, key.Id, name);
        }

        EndRevoked(repository);
    }

    private async Task ReloadRevocationsAsync(Repository repository)
    {
        try
        {
            await Task.Run(repository.Trust.Reload).ConfigureAwait(true);
        }
        catch (RuntimeException e)
        {
            Repositories.Log.RevocationsUnread(_logger, repository.Id, e.Message);
            return;
        }

        Repositories.Log.Revocations(_logger, repository.Id, repository.Trust.Revoked.KeyCount, repository.Trust.Revoked.PackageCount);
        EndRevoked(repository);
    }

    private void EndRevoked(Repository repository)
    {
        foreach (Container container in _containers.Values.Where(c => c.Repository == repository).ToArray())
        {
            string? cause = repository.Trust.WhyRevoked(container.Stored.Package);
            if (cause is not null && !container.IsRevocationTold)
            {
                Repositories.Log.Revoked(_logger, container.Id, repository.Id, repository.Options.OnRevoked, cause);
                Repositories.Log.KeyRefused(_audit, repository.Id, container.Id.ToString(), cause);
            }

            container.IsRevocationTold = cause is not null;
            if (cause is not null)
            {
                EndIfRevoked(container);
            }
        }
    }

    /// <summary>Kills a container, and those that use it, if it is revoked.</summary>
    private static void EndIfRevoked(Container container)
    {
        if (RefusesRevoked(container) is null)
        {
            return;
        }

        foreach (Container user in container.Users.Prepend(container))
        {
            _ = user.Running?.Process.Kill(Sys.SIGKILL);
        }
    }
}
