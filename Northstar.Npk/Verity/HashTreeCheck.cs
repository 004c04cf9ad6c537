// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk.Archive;

namespace Northstar.Npk.Verity;

/// <summary>Checks an image and its hash tree against the root hash, every block of both, and copies what was checked if asked to.</summary>
internal sealed class HashTreeCheck
{
    private const int BlockLength = HashTreeLayout.BlockLength;
    private const int HashLength = HashTreeLayout.HashLength;

    private readonly PackageFile _file;
    private readonly long _imageOffset;
    private readonly VerityInfo _verity;
    private readonly HashTreeLayout _layout;
    private readonly byte[] _salt;

    internal HashTreeCheck(PackageFile file, long imageOffsetBytes, VerityInfo verity)
    {
        _file = file;
        _imageOffset = imageOffsetBytes;
        _verity = verity;
        _layout = new HashTreeLayout(verity.SuperblockOffsetBytes);
        _salt = verity.Superblock.Salt.ToArray();
    }

    /// <summary>
    /// Checks everything. With <paramref name="destination"/> each piece of the image is written there, at the same offset, after it was
    /// checked and from the buffer that was checked.
    /// </summary>
    internal void Run(
        SafeFileHandle? destination, IProgress<long>? progress, CancellationToken cancellationToken, int? workers = null, ImageHasher? ahead = null)
    {
        if (ahead?.Fits(_imageOffset, _salt) == false)
        {
            ahead = null;
        }

        byte[][] upper = ReadUpperLevels();
        long done = 0;
        Workers.Run(Math.Max(1, _layout.LevelBlocks.FirstOrDefault()), () => new HashTreeWorker(_salt), (worker, leaf) =>
        {
            ReadOnlySpan<byte> digests = ReadLeaf(worker, upper, leaf);
            ReadOnlySpan<byte> known = ahead is null ? default : ahead.DigestsOf(leaf);
            int blocks = known.IsEmpty ? worker.ReadData(_file, _imageOffset, _layout, leaf) : _layout.DataBlocksOf(leaf);
            int bad = known.IsEmpty ? worker.FindMismatch(blocks, digests) : HashTreeWorker.FindMismatch(blocks, known, digests);
            long first = leaf * HashTreeLayout.HashesPerBlock;
            if (bad >= 0)
            {
                throw Corrupted(NpkRules.DataBlockCorrupted, $"data block {first + bad} does not match the hash tree", (first + bad) * BlockLength);
            }

            if (destination is not null)
            {
                Write(destination, worker.Data(blocks), first * BlockLength);
            }

            progress?.Report(Interlocked.Add(ref done, (long)blocks * BlockLength));
        }, cancellationToken, workers);
    }

    /// <summary>Reads and checks all levels above the leaf level, from the root down: at most a 128th of the tree.</summary>
    private byte[][] ReadUpperLevels()
    {
        byte[][] levels = new byte[_layout.LevelBlocks.Length][];
        using HashTreeWorker worker = new(_salt);
        for (int level = levels.Length - 1; level > 0; level--)
        {
            long offset = _verity.TreeOffsetBytes + _layout.LevelOffsetsBytes[level];
            levels[level] = _file.ReadBytes(_imageOffset + offset, (int)(_layout.LevelBlocks[level] * BlockLength), StoredEntry.ImageName);
            for (int i = 0; i < _layout.LevelBlocks[level]; i++)
            {
                CheckHashBlock(worker, levels, level, i, levels[level].AsSpan(i * BlockLength, BlockLength));
            }
        }

        return levels;
    }

    private ReadOnlySpan<byte> ReadLeaf(HashTreeWorker worker, byte[][] upper, long leaf)
    {
        if (_layout.LevelBlocks.Length == 0)
        {
            return _verity.RootHash.Bytes;
        }

        long offset = _verity.TreeOffsetBytes + _layout.LevelOffsetsBytes[0] + (leaf * BlockLength);
        ReadOnlySpan<byte> block = worker.ReadHashBlock(_file, _imageOffset + offset);
        CheckHashBlock(worker, upper, 0, leaf, block);
        return block;
    }

    private void CheckHashBlock(HashTreeWorker worker, byte[][] levels, int level, long index, ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> expected = level == _layout.LevelBlocks.Length - 1
            ? _verity.RootHash.Bytes
            : levels[level + 1].AsSpan((int)(index * HashLength), HashLength);
        if (!worker.Matches(block, expected))
        {
            throw Corrupted(
                NpkRules.HashBlockCorrupted, $"block {index} of level {level} of the hash tree does not match",
                _verity.TreeOffsetBytes + _layout.LevelOffsetsBytes[level] + (index * BlockLength));
        }
    }

    private void Write(SafeFileHandle destination, ReadOnlySpan<byte> data, long offset)
    {
        try
        {
            RandomAccess.Write(destination, data, offset);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw _file.Error(NpkRules.CopyUnwritable, $"copy the image: {exception.Message}", StoredEntry.ImageName, offset, inner: exception);
        }
    }

    private NpkException Corrupted(NpkRule rule, string cause, long offset) =>
        _file.Error(rule, cause, StoredEntry.ImageName, offset, "the package was damaged or changed after it was signed");
}
