// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Stores packages. Which it holds, and the room they take, is known to the engine alone, which calls everything but staging one at a time.</summary>
internal abstract class Repository
{
    private long _packages;
    private long _bytes;

    private protected Repository(string id, RepositoryOptions options, RepositoryTrust trust, ulong? capacityBytes, ILogger logger, ILogger audit)
    {
        Id = id;
        Options = options;
        Trust = trust;
        CapacityBytes = capacityBytes;
        Logger = logger;
        Audit = audit;
    }

    /// <summary>Gets the id.</summary>
    internal string Id { get; }

    /// <summary>Gets the options.</summary>
    internal RepositoryOptions Options { get; }

    /// <summary>Gets what decides which packages are accepted.</summary>
    internal RepositoryTrust Trust { get; }

    /// <summary>Gets a value indicating whether packages are verified.</summary>
    internal bool IsVerified => Trust.IsVerified;

    private protected ILogger Logger { get; }

    private protected ILogger Audit { get; }

    private protected NpkReaderOptions ReaderOptions => new() { Keys = Trust.AllKeys };

    private ulong? CapacityBytes { get; }

    /// <summary>Opens what is stored from before. A bad package is reported and left out, or ends the start when the repository is strict.</summary>
    internal abstract IReadOnlyList<StoredPackage> Load();

    /// <summary>Prepares to receive a package. Nothing appears in the repository before <see cref="PackageStaging.Commit"/>.</summary>
    /// <param name="sizeBytes">The length of the package in bytes.</param>
    /// <param name="image">What it is said to be, or null. Not every repository has a use for it.</param>
    internal abstract PackageStaging Stage(long sizeBytes, ImageHashing? image);

    /// <summary>Removes a package for good.</summary>
    internal abstract void Remove(StoredPackage package);

    /// <summary>Counts a package that is stored already.</summary>
    internal void Count(StoredPackage package)
    {
        _packages++;
        _bytes += package.SizeBytes;
    }

    /// <summary>Takes room for a package before its first byte arrives. Give it back with <see cref="Release"/>.</summary>
    /// <exception cref="RuntimeException">The repository has no room.</exception>
    internal void Reserve(ulong sizeBytes)
    {
        if (_packages >= Options.CapacityNum)
        {
            throw RuntimeException.Unexpected($"repository {Id} is full: it may hold {Options.CapacityNum} packages; uninstall one first");
        }

        ulong capacity = Math.Min(CapacityBytes ?? ulong.MaxValue, long.MaxValue);
        if (sizeBytes > capacity - Math.Min(capacity, (ulong)_bytes))
        {
            throw RuntimeException.Unexpected(
                $"repository {Id} is full: {_bytes} bytes are taken and {sizeBytes} more exceed its capacity of {capacity} bytes; uninstall a package first");
        }

        _packages++;
        _bytes += (long)sizeBytes;
    }

    /// <summary>Gives room back.</summary>
    internal void Release(long sizeBytes)
    {
        _packages--;
        _bytes -= sizeBytes;
    }
}
