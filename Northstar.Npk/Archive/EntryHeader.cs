// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Archive;

/// <summary>
/// The fields that the local header and the central record of an entry share, in the same order: at 4 in the former, at 6 in the latter.
/// What packers wrote is accepted, which is hardly anything but the sizes and the checksum.
/// </summary>
internal readonly record struct EntryHeader(
    ushort VersionNeeded, ushort Flags, ushort Method, ushort Time, ushort Date, uint Crc, uint CompressedSize, uint Size, int NameLength, int ExtraLength)
{
    private const ushort EncryptedFlags = 0x2041; // encrypted, strongly encrypted, encrypted directory
    private const ushort DataDescriptorFlag = 8;

    internal static EntryHeader FromLocal(ReadOnlySpan<byte> header) => Read(header[ZipLayout.Local.VersionNeeded..]);

    internal static EntryHeader FromCentral(ReadOnlySpan<byte> record) => Read(record[ZipLayout.Central.VersionNeeded..]);

    /// <summary>Returns the rule that the fields break by themselves, or null.</summary>
    internal NpkRule? FindFault() =>
        (Flags & EncryptedFlags) != 0 ? NpkRules.ZipEncrypted
        : (Flags & DataDescriptorFlag) != 0 ? NpkRules.ZipDataDescriptor
        : Flags != 0 ? NpkRules.ZipFlags
        : Method != 0 ? NpkRules.ZipCompressed
        : VersionNeeded is not (ZipLayout.VersionStored or ZipLayout.VersionDeflated) ? NpkRules.ZipVersion
        : CompressedSize != Size ? NpkRules.ZipCompressedSize
        : null;

    /// <summary>Returns the rule that is broken where the central record says something else than this local header, or null.</summary>
    internal NpkRule? FindDifference(EntryHeader central) =>
        CompressedSize != central.CompressedSize || Size != central.Size ? NpkRules.ZipSizesDiffer
        : Crc != central.Crc ? NpkRules.ZipChecksumsDiffer
        : this with { ExtraLength = central.ExtraLength } != central ? NpkRules.ZipHeadersDiffer
        : null;

    private static EntryHeader Read(ReadOnlySpan<byte> fields)
    {
        const int start = ZipLayout.Local.VersionNeeded;
        return new EntryHeader(
            UInt16(fields, 0), UInt16(fields, ZipLayout.Local.Flags - start), UInt16(fields, ZipLayout.Local.Method - start),
            UInt16(fields, ZipLayout.Local.Time - start), UInt16(fields, ZipLayout.Local.Date - start), UInt32(fields, ZipLayout.Local.Crc - start),
            UInt32(fields, ZipLayout.Local.CompressedSize - start), UInt32(fields, ZipLayout.Local.Size - start),
            UInt16(fields, ZipLayout.Local.NameLength - start), UInt16(fields, ZipLayout.Local.ExtraLength - start));
    }

    private static ushort UInt16(ReadOnlySpan<byte> fields, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(fields[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> fields, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(fields[offset..]);
}
