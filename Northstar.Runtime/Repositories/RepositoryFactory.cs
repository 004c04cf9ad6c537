// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>A repository and what it holds from before.</summary>
internal sealed record LoadedRepository(Repository Repository, IReadOnlyList<StoredPackage> Packages);

/// <summary>Makes a repository from its options.</summary>
internal static class RepositoryFactory
{
    /// <summary>Opens a repository and what is stored in it.</summary>
    /// <exception cref="RuntimeException">The repository cannot be opened, or it is strict and a package cannot be used. Nothing is left open.</exception>
    internal static LoadedRepository Load(string id, RepositoryOptions options, TrustRecords records, ILogger logger, ILogger audit)
    {
        Repository repository = Open(id, options, records, logger, audit);
        try
        {
            IReadOnlyList<StoredPackage> packages = repository.Load();
            Log.Loaded(logger, id, packages.Count);
            return new LoadedRepository(repository, packages);
        }
        catch
        {
            (repository as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the keys and opens the repository.</summary>
    /// <exception cref="RuntimeException">A key file cannot be used, or the directory cannot be opened.</exception>
    internal static Repository Open(string id, RepositoryOptions options, TrustRecords records, ILogger logger, ILogger audit)
    {
        try
        {
            return New(id, options, records, logger, audit);
        }
        catch (Exception e) when (e is NpkException or RuntimeException or LinuxException or IOException or UnauthorizedAccessException)
        {
            throw RuntimeException.Unexpected($"repository {id}: {e.Message}", e);
        }
    }

    private static Repository New(string id, RepositoryOptions options, TrustRecords records, ILogger logger, ILogger audit)
    {
        RepositoryTrust trust = RepositoryTrust.Read(id, options, records);
        if (!trust.IsVerified)
        {
            Log.Trusted(logger, id);
        }

        foreach ((PublicKey key, string name) in DevelopmentKeys.Find(trust.AllKeys))
        {
            if (options.RefusesDevelopmentKeys)
            {
                throw RuntimeException.Unexpected($"the key {key.Id} is {name}: anybody can sign packages with it; take it out of the configuration");
            }

            Log.DevelopmentKey(logger, id, key.Id, name);
        }

        return options.Kind == RepositoryKind.Memory
            ? new MemoryRepository(id, options, trust, logger, audit)
            : new DirectoryRepository(id, options, trust, logger, audit);
    }
}
