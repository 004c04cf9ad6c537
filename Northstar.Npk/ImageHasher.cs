// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk.Verity;

namespace Northstar.Npk;

/// <summary>Hashes the blocks of an image while its package arrives in a file, on one thread of the pool and only while there is something to do.</summary>
/// <remarks>
/// Who writes the file calls <see cref="Arrived"/>; what has arrived must not change any more. Nothing is decided here:
/// <see cref="NpkPackage.VerifyWith"/> compares the digests with the signed tree, and hashes what is missing. <see cref="Arrived"/> is for one
/// thread at a time.
/// </remarks>
public sealed class ImageHasher : IDisposable
{
    private const int LeafLength = HashTreeLayout.HashesPerBlock * HashTreeLayout.BlockLength;

    /// <summary>Digests take a 128th of what they are of; those of an image above 1 GiB are made later, when only a piece of them is needed at a time.</summary>
    private const int MaxLeaves = 2048;

    private readonly SafeFileHandle _file;
    private readonly ImageHashing _hashing;
    private readonly byte[] _salt;
    private readonly Lock _gate = new();
    private readonly List<byte[]> _leaves = [];
    private Task _work = Task.CompletedTask;
    private long _arrived;
    private bool _isWorking;
    private bool _isStopped;

    /// <summary>Begins with nothing.</summary>
    /// <param name="file">The file, readable. It stays the caller's, who disposes this object first.</param>
    /// <param name="hashing">What the package is said to be.</param>
    /// <exception cref="ArgumentException">No package can say so.</exception>
    public ImageHasher(SafeFileHandle file, ImageHashing hashing)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(hashing);
        if (!hashing.IsPossible)
        {
            throw new ArgumentException($"no package has its image at {hashing.OffsetBytes} and a salt of {hashing.Salt.Length} digits", nameof(hashing));
        }

        _file = file;
        _hashing = hashing;
        _salt = Convert.FromHexString(hashing.Salt);
    }

    /// <summary>Tells that the file is there up to this length.</summary>
    /// <param name="lengthBytes">The length in bytes.</param>
    public void Arrived(long lengthBytes)
    {
        Volatile.Write(ref _arrived, lengthBytes);
        lock (_gate)
        {
            if (!_isWorking && !_isStopped && IsMore)
            {
                _isWorking = true;
                _work = Task.Run(Work);
            }
        }
    }

    /// <summary>Ends the work. The digests so far stay.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
        }

        _work.Wait();
    }

    /// <summary>Returns the digests of the data blocks that a leaf block of the tree is about, or nothing. After <see cref="Dispose"/>.</summary>
    internal ReadOnlySpan<byte> DigestsOf(long leaf) => leaf < _leaves.Count ? _leaves[(int)leaf] : default;

    /// <summary>Tells whether the package was what it was said to be.</summary>
    internal bool Fits(long imageOffsetBytes, ReadOnlySpan<byte> salt) => _hashing.OffsetBytes == imageOffsetBytes && salt.SequenceEqual(_salt);

    private bool IsMore =>
        _leaves.Count < MaxLeaves && (Volatile.Read(ref _arrived) - _hashing.OffsetBytes) / LeafLength > _leaves.Count;

    private void Work()
    {
        byte[] data = new byte[LeafLength];
        using var hasher = new BlockHasher(_salt);
        while (true)
        {
            lock (_gate)
            {
                if (_isStopped || !IsMore)
                {
                    _isWorking = false;
                    return;
                }
            }

            if (!TryRead(data))
            {
                lock (_gate)
                {
                    _isStopped = true; // whoever verifies reads it again, and says what is wrong
                }

                return;
            }

            byte[] digests = new byte[HashTreeLayout.BlockLength];
            for (int i = 0; i < HashTreeLayout.HashesPerBlock; i++)
            {
                hasher.Hash(
                    data.AsSpan(i * HashTreeLayout.BlockLength, HashTreeLayout.BlockLength),
                    digests.AsSpan(i * HashTreeLayout.HashLength, HashTreeLayout.HashLength));
            }

            lock (_gate)
            {
                _leaves.Add(digests);
            }
        }
    }

    private bool TryRead(Span<byte> data)
    {
        long offset = _hashing.OffsetBytes + ((long)_leaves.Count * LeafLength);
        try
        {
            while (!data.IsEmpty)
            {
                int count = RandomAccess.Read(_file, data, offset);
                if (count == 0)
                {
                    return false;
                }

                offset += count;
                data = data[count..];
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return false;
        }
    }
}
