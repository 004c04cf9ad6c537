// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Verity;

/// <summary>Where the levels of a hash tree are: the top level first, the leaf level last.</summary>
internal sealed class HashTreeLayout
{
    internal const int BlockLength = VeritySuperblock.BlockLengthBytes;
    internal const int HashLength = 32;
    internal const int HashesPerBlock = BlockLength / HashLength;

    internal HashTreeLayout(long dataLengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dataLengthBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(dataLengthBytes % BlockLength, 0, nameof(dataLengthBytes));
        DataBlocks = dataLengthBytes / BlockLength;
        List<long> blocks = [];
        for (long count = DataBlocks; count > 1;)
        {
            count = (count + HashesPerBlock - 1) / HashesPerBlock;
            blocks.Add(count);
        }

        long offset = 0;
        LevelBlocks = [.. blocks];
        LevelOffsetsBytes = new long[blocks.Count];
        for (int level = blocks.Count - 1; level >= 0; level--)
        {
            LevelOffsetsBytes[level] = offset;
            offset += blocks[level] * BlockLength;
        }

        LengthBytes = offset;
    }

    internal long DataBlocks { get; }

    /// <summary>Gets how many blocks each level has, the leaf level first. Empty for an image of one block.</summary>
    internal long[] LevelBlocks { get; }

    /// <summary>Gets the offset of each level in the tree, the leaf level first.</summary>
    internal long[] LevelOffsetsBytes { get; }

    internal long LengthBytes { get; }

    /// <summary>Returns how many data blocks leaf block <paramref name="leaf"/> is about.</summary>
    internal int DataBlocksOf(long leaf) => (int)Math.Min(HashesPerBlock, DataBlocks - (leaf * HashesPerBlock));
}
