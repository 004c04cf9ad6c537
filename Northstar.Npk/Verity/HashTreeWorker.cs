// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;

namespace Northstar.Npk.Verity;

/// <summary>What one worker needs: room for one leaf block and the data blocks that it describes, and a hasher.</summary>
internal sealed class HashTreeWorker(byte[] salt) : IDisposable
{
    private const int BlockLength = HashTreeLayout.BlockLength;
    private const int HashLength = HashTreeLayout.HashLength;
    private readonly byte[] _data = new byte[HashTreeLayout.HashesPerBlock * BlockLength];
    private readonly byte[] _hashes = new byte[BlockLength];
    private readonly byte[] _hashBlock = new byte[BlockLength];
    private readonly byte[] _digest = new byte[HashLength];
    private readonly BlockHasher _hasher = new(salt);

    /// <summary>Reads the data blocks of leaf block <paramref name="leaf"/> and returns how many there are.</summary>
    internal int ReadData(PackageFile file, long imageOffset, HashTreeLayout layout, long leaf)
    {
        long first = leaf * HashTreeLayout.HashesPerBlock;
        int blocks = layout.DataBlocksOf(leaf);
        file.ReadExactly(_data.AsSpan(0, blocks * BlockLength), imageOffset + (first * BlockLength), StoredEntry.ImageName);
        return blocks;
    }

    /// <summary>Reads one block of the hash tree; the span is good until the next one is read.</summary>
    internal ReadOnlySpan<byte> ReadHashBlock(PackageFile file, long offset)
    {
        file.ReadExactly(_hashBlock, offset, StoredEntry.ImageName);
        return _hashBlock;
    }

    internal ReadOnlySpan<byte> Data(int blocks) => _data.AsSpan(0, blocks * BlockLength);

    /// <summary>Hashes the data that was read into consecutive digests.</summary>
    internal void HashData(int blocks, Span<byte> digests)
    {
        for (int i = 0; i < blocks; i++)
        {
            _hasher.Hash(_data.AsSpan(i * BlockLength, BlockLength), digests.Slice(i * HashLength, HashLength));
        }
    }

    /// <summary>Returns the index of the first block that was read whose digest differs from <paramref name="digests"/>, or -1.</summary>
    internal int FindMismatch(int blocks, ReadOnlySpan<byte> digests)
    {
        HashData(blocks, _hashes);
        return FindMismatch(blocks, _hashes, digests);
    }

    /// <summary>Returns the index of the first block whose two digests differ, or -1.</summary>
    internal static int FindMismatch(int blocks, ReadOnlySpan<byte> found, ReadOnlySpan<byte> digests)
    {
        int common = found[..(blocks * HashLength)].CommonPrefixLength(digests[..(blocks * HashLength)]);
        return common == blocks * HashLength ? -1 : common / HashLength;
    }

    internal bool Matches(ReadOnlySpan<byte> block, ReadOnlySpan<byte> digest)
    {
        _hasher.Hash(block, _digest);
        return digest.SequenceEqual(_digest);
    }

    public void Dispose() => _hasher.Dispose();
}
