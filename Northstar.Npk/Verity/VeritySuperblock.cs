// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Npk.Verity;

namespace Northstar.Npk;

/// <summary>
/// The dm-verity superblock behind the squashfs part of <c>fs.img</c>: one block of 4096 bytes.
/// <list type="table">
/// <listheader><term>offset, size</term><description>meaning</description></listheader>
/// <item><term>0, 8</term><description><c>verity</c> and two zeros</description></item>
/// <item><term>8, 4</term><description>version: 1</description></item>
/// <item><term>12, 4</term><description>hash type: 1</description></item>
/// <item><term>16, 16</term><description>UUID in the order of its text</description></item>
/// <item><term>32, 32</term><description>algorithm: <c>sha256</c>, zero padded</description></item>
/// <item><term>64, 4</term><description>data block size: 4096 bytes</description></item>
/// <item><term>68, 4</term><description>hash block size: 4096 bytes</description></item>
/// <item><term>72, 8</term><description>number of data blocks</description></item>
/// <item><term>80, 2</term><description>length of the salt, 0 to 256 bytes</description></item>
/// <item><term>88, 256</term><description>salt, zero padded; zeros follow to the end of the block</description></item>
/// </list>
/// </summary>
/// <remarks>The layout is cryptsetup's, superblock version 1. The signature does not cover it, so every field is checked.</remarks>
public sealed class VeritySuperblock
{
    /// <summary>The length of the superblock, of data blocks and of hash blocks, in bytes.</summary>
    public const int BlockLengthBytes = 4096;

    /// <summary>The longest salt in bytes.</summary>
    public const int MaxSaltLengthBytes = 256;

    private readonly byte[] _salt;

    internal VeritySuperblock(Guid uuid, long dataBlocks, ReadOnlySpan<byte> salt)
    {
        Uuid = uuid;
        DataBlocks = dataBlocks;
        _salt = salt.ToArray();
    }

    /// <summary>Gets the UUID.</summary>
    public Guid Uuid { get; }

    /// <summary>Gets how many data blocks of 4096 bytes the image has.</summary>
    public long DataBlocks { get; }

    /// <summary>Gets the salt, 0 to 256 bytes, that is hashed in front of every block.</summary>
    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>Returns the 4096 bytes of the block.</summary>
    internal byte[] Encode()
    {
        byte[] block = new byte[BlockLengthBytes];
        Span<byte> span = block;
        "verity"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[VeritySuperblockLayout.Version..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(span[VeritySuperblockLayout.HashType..], 1);
        Uuid.TryWriteBytes(span[VeritySuperblockLayout.Uuid..], bigEndian: true, out _);
        "sha256"u8.CopyTo(span[VeritySuperblockLayout.Algorithm..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span[VeritySuperblockLayout.DataBlockSize..], BlockLengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span[VeritySuperblockLayout.HashBlockSize..], BlockLengthBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[VeritySuperblockLayout.DataBlocks..], DataBlocks);
        BinaryPrimitives.WriteUInt16LittleEndian(span[VeritySuperblockLayout.SaltLength..], (ushort)_salt.Length);
        _salt.CopyTo(span[VeritySuperblockLayout.Salt..]);
        return block;
    }

    /// <summary>
    /// Reads the block, or returns null and says in <paramref name="refused"/> which rule it breaks and in <paramref name="offset"/> where.
    /// </summary>
    internal static VeritySuperblock? TryParse(ReadOnlySpan<byte> block, out NpkRule refused, out int offset)
    {
        (NpkRule? fault, offset) = FindFault(block);
        refused = fault!; // looked at only where null is returned
        return fault is not null ? null : new VeritySuperblock(
            new Guid(block.Slice(VeritySuperblockLayout.Uuid, 16), bigEndian: true),
            (long)UInt64(block, VeritySuperblockLayout.DataBlocks),
            block.Slice(VeritySuperblockLayout.Salt, UInt16(block, VeritySuperblockLayout.SaltLength)));
    }

    private static (NpkRule? Rule, int Offset) FindFault(ReadOnlySpan<byte> block)
    {
        if (block.Length != BlockLengthBytes || !block[..VeritySuperblockLayout.Version].SequenceEqual("verity\0\0"u8))
        {
            return (NpkRules.SuperblockMissing, VeritySuperblockLayout.Signature);
        }

        int saltEnd = VeritySuperblockLayout.Salt + UInt16(block, VeritySuperblockLayout.SaltLength);
        return block switch
        {
            _ when UInt32(block, VeritySuperblockLayout.Version) != 1 => (NpkRules.SuperblockVersion, VeritySuperblockLayout.Version),
            _ when UInt32(block, VeritySuperblockLayout.HashType) != 1 => (NpkRules.SuperblockHashType, VeritySuperblockLayout.HashType),
            _ when !IsSha256(block[VeritySuperblockLayout.Algorithm..VeritySuperblockLayout.DataBlockSize])
                => (NpkRules.SuperblockAlgorithm, VeritySuperblockLayout.Algorithm),
            _ when UInt32(block, VeritySuperblockLayout.DataBlockSize) != BlockLengthBytes
                => (NpkRules.SuperblockDataBlockSize, VeritySuperblockLayout.DataBlockSize),
            _ when UInt32(block, VeritySuperblockLayout.HashBlockSize) != BlockLengthBytes
                => (NpkRules.SuperblockHashBlockSize, VeritySuperblockLayout.HashBlockSize),
            _ when UInt64(block, VeritySuperblockLayout.DataBlocks) is 0 or > long.MaxValue / BlockLengthBytes
                => (NpkRules.SuperblockDataBlocks, VeritySuperblockLayout.DataBlocks),
            _ when saltEnd > VeritySuperblockLayout.Padding => (NpkRules.SuperblockSaltLength, VeritySuperblockLayout.SaltLength),
            _ when block[VeritySuperblockLayout.SaltPadding..VeritySuperblockLayout.Salt].ContainsAnyExcept((byte)0)
                => (NpkRules.SuperblockPadding, VeritySuperblockLayout.SaltPadding),
            _ when block[saltEnd..].ContainsAnyExcept((byte)0) => (NpkRules.SuperblockSaltPadding, saltEnd),
            _ => (null, 0),
        };
    }

    private static bool IsSha256(ReadOnlySpan<byte> field) => field.StartsWith("sha256"u8) && !field[6..].ContainsAnyExcept((byte)0);

    private static ushort UInt16(ReadOnlySpan<byte> block, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(block[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> block, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(block[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> block, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(block[offset..]);
}
