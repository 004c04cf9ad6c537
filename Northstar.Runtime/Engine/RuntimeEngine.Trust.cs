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
    private readonly List<FileWatch> _revocations = [];

    /// <summary>Gets or sets how long a program has to run to prove its version. Tests shorten it.</summary>
    internal TimeSpan FloorTrial { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Returns why a container may neither be started nor be a resource, or null.</summary>
    private string? WhyUnusable(Container container) => RefusesRevoked(container) ?? _floors.WhyBelow(container.Repository, container.Id);

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

    /// <summary>Returns the containers whose floors a start would raise if it proves itself.</summary>
    private (Repository Repository, ContainerId Id)[] FloorsOf(Container container, Dictionary<string, Container> resources) =>
        [.. resources.Values.Prepend(container).Where(c => _floors.WouldRaise(c.Repository, c.Id)).Select(static c => (c.Repository, c.Id))];

    private async Task ProveAsync(Container container, RunningContainer running, (Repository Repository, ContainerId Id)[] floors)
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

    private void WatchRevocations()
    {
        foreach (Repository repository in _repositories.Values.Where(static r => r.Trust.RevokedFile is not null))
        {
            string file = repository.Trust.RevokedFile!;
            try
            {
                _revocations.Add(new FileWatch(file, () => _ = _strand.RunAsync(() => ReloadRevocationsAsync(repository))));
            }
            catch (LinuxException e)
            {
                Repositories.Log.RevocationsUnwatched(_logger, file, e.Message);
            }

            // It may have changed before it was watched. What is revoked from the start is told now.
            _ = ReloadRevocationsAsync(repository);
        }
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
        foreach (Container container in _containers.Values.Where(c => c.Repository == repository).ToArray())
        {
            string? cause = repository.Trust.WhyRevoked(container.Stored.Package);
            if (cause is not null && !container.IsRevocationTold)
            {
                Repositories.Log.Revoked(_logger, container.Id, repository.Id, repository.Options.OnRevoked, cause);
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
