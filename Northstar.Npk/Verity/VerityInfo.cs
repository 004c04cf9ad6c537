// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What is needed to check an image against its hash tree, or to build the table of its dm-verity device.</summary>
/// <param name="RootHash">The root hash, from the hashes document.</param>
/// <param name="Superblock">The superblock, validated against the hashes document.</param>
/// <param name="SuperblockOffsetBytes">The offset of the superblock in <c>fs.img</c>, which is the length of the squashfs part.</param>
/// <param name="TreeOffsetBytes">The offset of the hash tree in <c>fs.img</c>.</param>
/// <param name="TreeLengthBytes">The length of the hash tree; 0 for an image of one block.</param>
public sealed record VerityInfo(
    RootHash RootHash, VeritySuperblock Superblock, long SuperblockOffsetBytes, long TreeOffsetBytes, long TreeLengthBytes)
{
    /// <summary>Gets the block of <c>fs.img</c> in which the hash tree begins: a parameter of the dm-verity table.</summary>
    public long HashStartBlock => TreeOffsetBytes / VeritySuperblock.BlockLengthBytes;
}
