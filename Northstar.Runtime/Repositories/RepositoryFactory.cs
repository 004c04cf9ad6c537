// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Makes a repository from its options.</summary>
internal static class RepositoryFactory
{
    /// <summary>Reads the keys and opens the repository.</summary>
    /// <exception cref="RuntimeException">A key file cannot be used, or the directory cannot be opened.</exception>
    internal static Repository Open(string id, RepositoryOptions options, ILogger logger)
    {
        try
        {
            return New(id, options, logger);
        }
        catch (Exception e) when (e is NpkException or LinuxException or IOException or UnauthorizedAccessException)
        {
            throw RuntimeException.Unexpected($"repository {id}: {e.Message}", e);
        }
    }

    private static Repository New(string id, RepositoryOptions options, ILogger logger)
    {
        string[] files = [.. options.KeyFile is null ? options.KeyFiles : options.KeyFiles.Prepend(options.KeyFile)];
        PublicKey[] keys = [.. files.Select(KeyFiles.ReadPublicKey)];
        if (keys.Length == 0)
        {
            Log.Trusted(logger, id);
        }

        return options.Kind == RepositoryKind.Memory
            ? new MemoryRepository(id, options, keys, logger)
            : new DirectoryRepository(id, options, keys, logger);
    }
}
