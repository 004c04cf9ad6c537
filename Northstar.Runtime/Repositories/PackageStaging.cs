// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Repositories;

/// <summary>A package on its way into a repository. Disposing without a commit leaves nothing behind.</summary>
internal abstract class PackageStaging : IDisposable
{
    /// <summary>After so many bytes the kernel is asked to begin writing them to the disk.</summary>
    private const int FlushBytes = 4 * 1024 * 1024;

    private long _written;
    private long _flushing;

    /// <summary>Gets the bytes received so far.</summary>
    internal long WrittenBytes => _written;

    private protected abstract SafeFileHandle Target { get; }

    /// <summary>Appends what arrived.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(Target, bytes, _written);
        _written += bytes.Length;
        if (_written - _flushing >= FlushBytes)
        {
            // The disk works while more arrives; a failure shows when the whole file is flushed.
            using var fd = new Borrow(Target);
            _ = Sys.sync_file_range(fd.Fd, _flushing, _written - _flushing, Sys.SYNC_FILE_RANGE_WRITE);
            _flushing = _written;
        }
    }

    /// <summary>Opens what was received and, in a verified repository, checks the signature and every block of the image.</summary>
    /// <exception cref="NpkException">It is no package that this repository accepts.</exception>
    internal abstract NpkPackage Open(CancellationToken cancellationToken);

    /// <summary>Makes the package part of the repository, so that it survives a loss of power from here on.</summary>
    internal abstract StoredPackage Commit(NpkPackage package);

    /// <summary>Drops what was received, unless it was committed.</summary>
    public abstract void Dispose();

    private protected static NpkPackage Check(NpkPackage package, RepositoryTrust trust, CancellationToken cancellationToken)
    {
        try
        {
            if (!package.Manifest.Name.IsUsable)
            {
                throw RuntimeException.Unexpected($"container name {package.Manifest.Name} cannot be installed: it has dots alone or more than {ContainerName.MaxLength} characters");
            }

            if (trust.WhyNotInstallable(package) is { } cause)
            {
                throw RuntimeException.Unexpected($"container {package.Manifest.Id} is refused: {cause}");
            }

            if (trust.IsVerified)
            {
                package.Verify(null, cancellationToken);
            }

            return package;
        }
        catch
        {
            package.Dispose();
            throw;
        }
    }
}
