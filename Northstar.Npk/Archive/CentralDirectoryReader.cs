// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Archive;

/// <summary>
/// Reads the entries of a package. Only what a packer writes is accepted: the known names once each, stored, local header and central
/// record in agreement, nothing between, in front of or behind the entries but declared padding.
/// </summary>
internal static class CentralDirectoryReader
{
    /// <summary>Reads the entries in the order of the directory.</summary>
    internal static List<StoredEntry> Read(PackageFile file, EndRecord end)
    {
        ReadOnlySpan<byte> directory = file.ReadBytes(end.DirectoryOffsetBytes, end.DirectoryLengthBytes);
        List<StoredEntry> entries = [];
        int position = 0;
        for (int i = 0; i < end.EntryCount; i++)
        {
            long offset = end.DirectoryOffsetBytes + position;
            StoredEntry entry = ReadRecord(file, directory[position..], offset, out int length);
            if (entries.Exists(other => other.Name == entry.Name))
            {
                throw file.Error(NpkRules.ZipEntryTwice, entry: entry.Name, offsetBytes: offset);
            }

            entries.Add(entry);
            position += length;
        }

        if (position != directory.Length)
        {
            throw file.Error(
                NpkRules.ZipDirectoryRest, $"{directory.Length - position} bytes follow the last record of the central directory",
                offsetBytes: end.DirectoryOffsetBytes + position);
        }

        CheckContiguous(file, entries, end);
        return entries;
    }

    private static StoredEntry ReadRecord(PackageFile file, ReadOnlySpan<byte> record, long offset, out int length)
    {
        if (record.Length < ZipLayout.Central.Length || UInt32(record, 0) != ZipLayout.Central.Signature)
        {
            throw file.Error(NpkRules.ZipNoRecord, offsetBytes: offset);
        }

        EntryHeader header = EntryHeader.FromCentral(record);
        int extraStart = ZipLayout.Central.Length + header.NameLength;
        length = extraStart + header.ExtraLength;
        if (record.Length < length)
        {
            throw file.Error(NpkRules.ZipRecordCutOff, offsetBytes: offset);
        }

        string name = Name(file, record[ZipLayout.Central.Length..extraStart], offset);
        ReadOnlySpan<byte> extra = record[extraStart..length];
        NpkRule? fault = header.FindFault() ?? FindFault(record, header)
            ?? (extra.Length > PaddingField.MaxLength ? NpkRules.ZipExtraTooLong : PaddingField.FindFault(name, extra));
        if (fault is not null)
        {
            throw file.Error(
                fault, entry: name, offsetBytes: offset, hint: "entries are stored, without encryption, comments, zip64 sizes and other features");
        }

        CheckSize(file, name, header.Size);
        long headerOffset = UInt32(record, ZipLayout.Central.HeaderOffset);
        return new StoredEntry(name, headerOffset, ReadLocal(file, name, headerOffset, header, extra), header.Size, header.Crc);
    }

    /// <summary>Checks the fields that only the central record has.</summary>
    private static NpkRule? FindFault(ReadOnlySpan<byte> record, EntryHeader header) =>
        UInt16(record, ZipLayout.Central.CommentLength) != 0 ? NpkRules.ZipEntryComment
        : UInt16(record, ZipLayout.Central.Disk) != 0 ? NpkRules.ZipEntryDisk
        : UInt16(record, ZipLayout.Central.MadeBy) != (header.VersionNeeded == ZipLayout.VersionStored ? ZipLayout.MadeBy : ZipLayout.MadeByOlder)
            ? NpkRules.ZipMadeBy
        : UInt16(record, ZipLayout.Central.InternalAttributes) != 0
            || UInt32(record, ZipLayout.Central.ExternalAttributes) != ZipLayout.RegularFileAttributes ? NpkRules.ZipAttributes
        : null;

    /// <summary>Checks the local header against the central record and returns where the data begins.</summary>
    private static long ReadLocal(PackageFile file, string name, long offset, EntryHeader central, ReadOnlySpan<byte> centralExtra)
    {
        int fixedLength = ZipLayout.Local.Length + name.Length;
        if (offset + fixedLength > file.LengthBytes)
        {
            throw file.Error(NpkRules.ZipHeaderOutside, entry: name, offsetBytes: offset);
        }

        ReadOnlySpan<byte> bytes = file.ReadBytes(offset, fixedLength, name);
        if (UInt32(bytes, 0) != ZipLayout.Local.Signature)
        {
            throw file.Error(NpkRules.ZipNoHeader, entry: name, offsetBytes: offset);
        }

        EntryHeader local = EntryHeader.FromLocal(bytes);
        bool sameName = local.NameLength == name.Length && System.Text.Ascii.Equals(bytes[ZipLayout.Local.Length..], name);
        NpkRule? fault = sameName ? local.FindDifference(central) : NpkRules.ZipNamesDiffer;
        long data = offset + fixedLength + local.ExtraLength;
        fault ??= data + local.Size > file.LengthBytes ? NpkRules.ZipDataOutside
            : local.ExtraLength > PaddingField.MaxLength ? NpkRules.ZipExtraTooLong : null;
        if (fault is not null)
        {
            throw file.Error(fault, entry: name, offsetBytes: offset);
        }

        // The directory repeats the padding since 0.9.2, and had none before.
        ReadOnlySpan<byte> extra = file.ReadBytes(offset + fixedLength, local.ExtraLength, name);
        fault = PaddingField.FindFault(name, extra) ?? (centralExtra.IsEmpty || centralExtra.SequenceEqual(extra) ? null : NpkRules.ZipExtraDiffers);
        return fault is null ? data : throw file.Error(fault, entry: name, offsetBytes: offset);
    }

    private static string Name(PackageFile file, ReadOnlySpan<byte> name, long offset) =>
        name.SequenceEqual("manifest.yaml"u8) ? StoredEntry.ManifestName
        : name.SequenceEqual("signature.yaml"u8) ? StoredEntry.SignatureName
        : name.SequenceEqual("fs.img"u8) ? StoredEntry.ImageName
        : throw file.Error(
            NpkRules.ZipUnknownName, offsetBytes: offset, hint: "a package has manifest.yaml, fs.img and, when signed, signature.yaml");

    private static void CheckSize(PackageFile file, string name, uint size)
    {
        uint limit = name switch
        {
            StoredEntry.ManifestName => StoredEntry.MaxManifestBytes,
            StoredEntry.SignatureName => StoredEntry.MaxSignatureBytes,
            _ => uint.MaxValue,
        };
        if (size > limit)
        {
            throw file.Error(NpkRules.EntryTooLarge, $"the entry has {size} bytes; at most {limit} are allowed", name);
        }
    }

    private static void CheckContiguous(PackageFile file, List<StoredEntry> entries, EndRecord end)
    {
        long expected = 0;
        foreach (StoredEntry entry in entries.OrderBy(entry => entry.HeaderOffsetBytes))
        {
            if (entry.HeaderOffsetBytes != expected)
            {
                throw file.Error(
                    expected == 0 ? NpkRules.ZipPrefix : entry.HeaderOffsetBytes > expected ? NpkRules.ZipGap : NpkRules.ZipOverlap,
                    $"the entry begins at 0x{entry.HeaderOffsetBytes:X} instead of 0x{expected:X}", entry.Name,
                    hint: "entries must neither overlap nor leave gaps");
            }

            expected = entry.EndOffsetBytes;
        }

        if (expected != end.DirectoryOffsetBytes)
        {
            throw file.Error(NpkRules.ZipDirectoryStart, offsetBytes: expected);
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(record[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(record[offset..]);
}
