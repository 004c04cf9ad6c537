// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Squashfs;

/// <summary>What is looked at in the superblock of a squashfs 4.0 image: that it is one, and how many bytes it uses.</summary>
/// <remarks>Kernel documentation, filesystems/squashfs; offsets from fs/squashfs/squashfs_fs.h.</remarks>
internal readonly record struct SquashfsSuperblock(long BytesUsed)
{
    internal const int Length = 96;
    private const int Major = 28;
    private const int Minor = 30;
    private const int Used = 40;

    /// <summary>Reads the superblock of an image of <paramref name="imageLengthBytes"/>; returns null and the rule when it is none.</summary>
    internal static SquashfsSuperblock? TryParse(ReadOnlySpan<byte> bytes, long imageLengthBytes, out NpkRule refused)
    {
        if (bytes.Length < Length || !bytes.StartsWith("hsqs"u8))
        {
            refused = NpkRules.ImageNoSquashfs;
            return null;
        }

        refused = NpkRules.ImageVersion;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[Major..]) != 4 || BinaryPrimitives.ReadUInt16LittleEndian(bytes[Minor..]) != 0)
        {
            return null;
        }

        refused = NpkRules.ImageUsed;
        ulong used = BinaryPrimitives.ReadUInt64LittleEndian(bytes[Used..]);
        return used < Length || used > (ulong)imageLengthBytes ? null : new SquashfsSuperblock((long)used);
    }
}
