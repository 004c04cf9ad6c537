// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk;

/// <summary>What the superblock of a squashfs 4.0 image says of it.</summary>
/// <param name="BytesUsed">How many bytes the image uses; padding may follow.</param>
/// <param name="Inodes">How many inodes it has.</param>
/// <param name="Created">When it was made.</param>
/// <param name="BlockSizeBytes">The size of a data block in bytes.</param>
/// <param name="CompressorId">The number of the compression algorithm.</param>
/// <param name="FlagBits">The flags, as they are stored.</param>
/// <remarks>Kernel documentation, filesystems/squashfs; offsets from fs/squashfs/squashfs_fs.h.</remarks>
public sealed record SquashfsSuperblock(
    long BytesUsed, uint Inodes, DateTimeOffset Created, uint BlockSizeBytes, ushort CompressorId, ushort FlagBits)
{
    internal const int Length = 96;
    private const int InodesOffset = 4;
    private const int CreatedOffset = 8;
    private const int BlockSizeOffset = 12;
    private const int CompressorOffset = 20;
    private const int FlagsOffset = 24;
    private const int Major = 28;
    private const int Minor = 30;
    private const int Used = 40;

    private static readonly string[] s_compressors = ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"];

    // From bit 0; null is a bit without meaning.
    private static readonly string?[] s_flags =
    [
        "uncompressed-inodes", "uncompressed-data", null, "uncompressed-fragments", "no-fragments", "always-fragments", "duplicates-removed",
        "exportable", "uncompressed-xattrs", "no-xattrs", "compressor-options", "uncompressed-ids",
    ];

    /// <summary>Gets the name of the algorithm, or its number when it has none.</summary>
    public string Compressor => CompressorId >= 1 && CompressorId <= s_compressors.Length ? s_compressors[CompressorId - 1] : $"{CompressorId}";

    /// <summary>Gets the names of the flags that are set.</summary>
    public IReadOnlyList<string> Flags =>
        [.. Enumerable.Range(0, s_flags.Length).Where(bit => (FlagBits & (1 << bit)) != 0 && s_flags[bit] is not null).Select(bit => s_flags[bit]!)];

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
        return used < Length || used > (ulong)imageLengthBytes ? null : new SquashfsSuperblock(
            (long)used,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[InodesOffset..]),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32LittleEndian(bytes[CreatedOffset..])),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[BlockSizeOffset..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[CompressorOffset..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[FlagsOffset..]));
    }
}
