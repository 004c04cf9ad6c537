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
                throw file.Error(NpkErrorCode.Zip, "the entry occurs twice", entry.Name, offset);
            }

            entries.Add(entry);
            position += length;
        }

        if (position != directory.Length)
        {
            throw file.Error(
                NpkErrorCode.Zip, $"{directory.Length - position} bytes follow the last record of the central directory",
                offsetBytes: end.DirectoryOffsetBytes + position);
        }

        CheckContiguous(file, entries, end);
        return entries;
    }

    private static StoredEntry ReadRecord(PackageFile file, ReadOnlySpan<byte> record, long offset, out int length)
    {
        if (record.Length < ZipLayout.Central.Length || UInt32(record, 0) != ZipLayout.Central.Signature)
        {
            throw file.Error(NpkErrorCode.Zip, "no record of the central directory is here", offsetBytes: offset);
        }

        int nameLength = UInt16(record, ZipLayout.Central.NameLength);
        int extraLength = UInt16(record, ZipLayout.Central.ExtraLength);
        length = ZipLayout.Central.Length + nameLength + extraLength;
        if (record.Length < length)
        {
            throw file.Error(NpkErrorCode.Zip, "the record of the central directory is cut off", offsetBytes: offset);
        }

        string name = Name(file, record.Slice(ZipLayout.Central.Length, nameLength), offset);
        uint size = UInt32(record, ZipLayout.Central.Size);
        bool plain = UInt16(record, ZipLayout.Central.CommentLength) == 0 && UInt16(record, ZipLayout.Central.Disk) == 0
            && UInt32(record, ZipLayout.Central.CompressedSize) == size
            && ExtraIsPlain(record.Slice(ZipLayout.Central.Length + nameLength, extraLength));
        CheckStored(file, name, offset, plain, UInt16(record, ZipLayout.Central.VersionNeeded),
            UInt16(record, ZipLayout.Central.Flags), UInt16(record, ZipLayout.Central.Method));
        CheckSize(file, name, size);
        uint crc = UInt32(record, ZipLayout.Central.Crc);
        long header = UInt32(record, ZipLayout.Central.HeaderOffset);
        return new StoredEntry(name, header, ReadLocal(file, name, header, crc, size), size, crc);
    }

    /// <summary>Checks the local header against the central record and returns where the data begins.</summary>
    private static long ReadLocal(PackageFile file, string name, long offset, uint crc, uint size)
    {
        int fixedLength = ZipLayout.Local.Length + name.Length;
        if (offset + fixedLength > file.LengthBytes)
        {
            throw file.Error(NpkErrorCode.Zip, "the local header lies outside the file", name, offset);
        }

        ReadOnlySpan<byte> header = file.ReadBytes(offset, fixedLength, name);
        if (UInt32(header, 0) != ZipLayout.Local.Signature)
        {
            throw file.Error(NpkErrorCode.Zip, "no local header is here", name, offset);
        }

        int extraLength = UInt16(header, ZipLayout.Local.ExtraLength);
        long data = offset + fixedLength + extraLength;
        bool agrees = UInt16(header, ZipLayout.Local.NameLength) == name.Length
            && System.Text.Ascii.Equals(header[ZipLayout.Local.Length..], name)
            && UInt32(header, ZipLayout.Local.Crc) == crc
            && UInt32(header, ZipLayout.Local.CompressedSize) == size
            && UInt32(header, ZipLayout.Local.Size) == size;
        if (!agrees)
        {
            throw file.Error(NpkErrorCode.Zip, "local header and central directory disagree", name, offset);
        }

        if (data + size > file.LengthBytes)
        {
            throw file.Error(NpkErrorCode.Zip, "the entry reaches beyond the end of the file", name, offset);
        }

        bool plain = ExtraIsPlain(file.ReadBytes(offset + fixedLength, extraLength, name));
        CheckStored(file, name, offset, plain, UInt16(header, ZipLayout.Local.VersionNeeded),
            UInt16(header, ZipLayout.Local.Flags), UInt16(header, ZipLayout.Local.Method));
        return data;
    }

    private static string Name(PackageFile file, ReadOnlySpan<byte> name, long offset) =>
        name.SequenceEqual("manifest.yaml"u8) ? StoredEntry.ManifestName
        : name.SequenceEqual("signature.yaml"u8) ? StoredEntry.SignatureName
        : name.SequenceEqual("fs.img"u8) ? StoredEntry.ImageName
        : throw file.Error(
            NpkErrorCode.Zip, "an entry of unknown name is in the archive", offsetBytes: offset,
            hint: "a package has manifest.yaml, fs.img and, when signed, signature.yaml");

    private static void CheckStored(PackageFile file, string name, long offset, bool plain, ushort version, ushort flags, ushort method)
    {
        if (method != 0)
        {
            throw file.Error(NpkErrorCode.Zip, $"the entry is compressed (method {method})", name, offset, "entries of a package are stored");
        }

        if (flags != 0 || !plain || version is not (ZipLayout.VersionStored or ZipLayout.VersionDeflated))
        {
            throw file.Error(
                NpkErrorCode.Zip, "the entry uses a zip feature that packages do not have", name, offset,
                "encryption, data descriptors, zip64 sizes, comments and several disks are refused");
        }
    }

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
            throw file.Error(NpkErrorCode.Entry, $"the entry has {size} bytes; at most {limit} are allowed", name);
        }
    }

    /// <summary>Tells whether no extra record changes a size or a name for other readers. The kind of padding does not matter.</summary>
    private static bool ExtraIsPlain(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            if (UInt16(extra, 0) is ZipLayout.Zip64Id or ZipLayout.UnicodePathId)
            {
                return false;
            }

            extra = extra[Math.Min(extra.Length, 4 + UInt16(extra, 2))..];
        }

        return true;
    }

    private static void CheckContiguous(PackageFile file, List<StoredEntry> entries, EndRecord end)
    {
        long expected = 0;
        foreach (StoredEntry entry in entries.OrderBy(entry => entry.HeaderOffsetBytes))
        {
            if (entry.HeaderOffsetBytes != expected)
            {
                throw file.Error(
                    NpkErrorCode.Zip, $"the entry begins at 0x{entry.HeaderOffsetBytes:X} instead of 0x{expected:X}", entry.Name,
                    hint: "entries must neither overlap nor leave gaps");
            }

            expected = entry.EndOffsetBytes;
        }

        if (expected != end.DirectoryOffsetBytes)
        {
            throw file.Error(NpkErrorCode.Zip, "the central directory does not begin where the last entry ends", offsetBytes: expected);
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(record[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(record[offset..]);
}
