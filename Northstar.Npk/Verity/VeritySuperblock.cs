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

    /// <summary>Reads the block, or says in <paramref name="cause"/> which field is wrong and in <paramref name="offset"/> where it is.</summary>
    internal static VeritySuperblock? TryParse(ReadOnlySpan<byte> block, out string cause, out int offset)
    {
        cause = "";
        offset = 0;
        if (block.Length != BlockLengthBytes)
        {
            cause = "the superblock is cut off";
            return null;
        }

        ushort saltLength = BinaryPrimitives.ReadUInt16LittleEndian(block[VeritySuperblockLayout.SaltLength..]);
        ulong dataBlocks = BinaryPrimitives.ReadUInt64LittleEndian(block[VeritySuperblockLayout.DataBlocks..]);
        (cause, offset) = block switch
        {
            _ when !block[..VeritySuperblockLayout.Version].SequenceEqual("verity\0\0"u8) => ("no verity superblock is here", 0),
            _ when UInt32(block, VeritySuperblockLayout.Version) != 1 => ("the superblock version is not 1", VeritySuperblockLayout.Version),
            _ when UInt32(block, VeritySuperblockLayout.HashType) != 1 => ("the hash type is not 1", VeritySuperblockLayout.HashType),
            _ when !IsSha256(block[VeritySuperblockLayout.Algorithm..VeritySuperblockLayout.DataBlockSize])
                => ("the hash algorithm is not sha256", VeritySuperblockLayout.Algorithm),
            _ when UInt32(block, VeritySuperblockLayout.DataBlockSize) != BlockLengthBytes
                => ("the data block size is not 4096", VeritySuperblockLayout.DataBlockSize),
            _ when UInt32(block, VeritySuperblockLayout.HashBlockSize) != BlockLengthBytes
                => ("the hash block size is not 4096", VeritySuperblockLayout.HashBlockSize),
            _ when dataBlocks is 0 or > long.MaxValue / BlockLengthBytes
                => ("the number of data blocks is out of range", VeritySuperblockLayout.DataBlocks),
            _ when saltLength > MaxSaltLengthBytes => ("the salt is longer than 256 bytes", VeritySuperblockLayout.SaltLength),
            _ when block[VeritySuperblockLayout.SaltPadding..VeritySuperblockLayout.Salt].ContainsAnyExcept((byte)0)
                => ("the padding is not zero", VeritySuperblockLayout.SaltPadding),
            _ when block[(VeritySuperblockLayout.Salt + saltLength)..].ContainsAnyExcept((byte)0)
                => ("the bytes behind the salt are not zero", VeritySuperblockLayout.Salt + saltLength),
            _ => ("", 0),
        };
        return cause.Length != 0 ? null : new VeritySuperblock(
            new Guid(block.Slice(VeritySuperblockLayout.Uuid, 16), bigEndian: true),
            (long)dataBlocks,
            block.Slice(VeritySuperblockLayout.Salt, saltLength));
    }

    private static bool IsSha256(ReadOnlySpan<byte> field) => field.StartsWith("sha256"u8) && !field[6..].ContainsAnyExcept((byte)0);

    private static uint UInt32(ReadOnlySpan<byte> block, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(block[offset..]);
}
