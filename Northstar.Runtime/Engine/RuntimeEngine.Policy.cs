// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Engine;

/// <summary>What the host says to a package, when it is installed and when it is started. Each decision is recorded.</summary>
internal sealed partial class RuntimeEngine
{
    private const string OnInstall = "on install";
    private const string OnStart = "on start";

    /// <summary>Returns why a package may not be used, or null. On install, whether it was revoked is known from its check.</summary>
    private RuntimeException? FindRefusal(Repository repository, NpkPackage package, string occasion, Func<string?> whyUnusable)
    {
        ContainerId id = package.Manifest.Id;
        RuntimeException? refusal =
            HostPolicy.FindMissing(_options, package.Manifest, repository.Id, package.VerifiedBy?.Id, repository.Trust.ClassOf(package)) is { Count: > 0 } missing
                ? RuntimeException.NotGranted(id, missing)
            : whyUnusable() is { } cause ? RuntimeException.Unexpected($"container {id} is refused: {cause}")
            : null;
        if (refusal is not null)
        {
            Repositories.Log.PolicyRefused(_audit, id, repository.Id, occasion, refusal.Message);
        }
        else if (_options.Policy.Count > 0)
        {
            Repositories.Log.PolicyGranted(_audit, id, repository.Id, occasion);
        }

        return refusal;
    }

    /// <summary>Records whether a package that arrived is accepted; in a repository without a key nobody decides.</summary>
    internal void RecordKey(Repository repository, NpkPackage? package, string? cause)
    {
        if (!repository.IsVerified)
        {
            return;
        }

        if (cause is not null)
        {
            Repositories.Log.KeyRefused(_audit, repository.Id, "a package", cause);
        }
        else if (package!.VerifiedBy is { } key)
        {
            Repositories.Log.KeyAccepted(_audit, repository.Id, package.Manifest.Id, key.Id);
        }
    }
}
