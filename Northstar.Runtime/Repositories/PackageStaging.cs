// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>A package on its way into a repository. Disposing without a commit leaves nothing behind.</summary>
internal abstract class PackageStaging : IDisposable
{
    /// <summary>So many bytes get their room on the disk together; once they are there, the kernel is asked to begin writing them.</summary>
    private const int FlushBytes = 4 * 1024 * 1024;

    private readonly long _sizeBytes;
    private long _allocated;
    private long _written;
    private long _flushing;

    private protected PackageStaging(long sizeBytes) => _sizeBytes = sizeBytes;

    /// <summary>Gets the bytes received so far.</summary>
    internal long WrittenBytes => _written;

    private protected abstract SafeFileHandle Target { get; }

    /// <summary>Gets what hashes the image while it arrives, or null.</summary>
    private protected ImageHasher? Ahead { get; init; }

    /// <summary>Appends what arrived.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (_written + bytes.Length > _allocated)
        {
            // What is announced and never comes takes no room.
            long length = Math.Min(Math.Max(FlushBytes, bytes.Length), _sizeBytes - _allocated);
            Allocate(_allocated, length);
            _allocated += length;
        }

        RandomAccess.Write(Target, bytes, _written);
        _written += bytes.Length;
        Ahead?.Arrived(_written);
        if (_written - _flushing >= FlushBytes)
        {
            BeginWriting(_flushing, _written - _flushing);
            _flushing = _written;
        }
    }

    /// <summary>Takes room for what is about to be written. Best effort: without it writing costs more, and says what is wrong.</summary>
    private protected virtual void Allocate(long offset, long length)
    {
    }

    /// <summary>Lets the disk work while more arrives.</summary>
    private protected virtual void BeginWriting(long offset, long length)
    {
    }

    /// <summary>Opens what was received and, in a verified repository, checks the signature and every block of the image.</summary>
    /// <exception cref="NpkException">It is no package that this repository accepts.</exception>
    internal abstract NpkPackage Open(CancellationToken cancellationToken);

    /// <summary>Makes the package part of the repository, so that it survives a loss of power from here on.</summary>
    internal abstract StoredPackage Commit(NpkPackage package);

    /// <summary>Drops what was received, unless it was committed.</summary>
    public abstract void Dispose();

    /// <summary>Called when a package is found to be signed, before its blocks are checked: the disk may work meanwhile.</summary>
    private protected virtual void BeginFlush()
    {
    }

    private protected NpkPackage Check(NpkPackage package, RepositoryTrust trust, CancellationToken cancellationToken)
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
                BeginFlush();
                if (Ahead is null)
                {
                    package.Verify(null, cancellationToken);
                }
                else
                {
                    package.VerifyWith(Ahead, cancellationToken);
                }
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
