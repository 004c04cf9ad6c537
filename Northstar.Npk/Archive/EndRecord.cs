// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Archive;

/// <summary>What the end of the archive says: where the central directory is, how many entries it has, and the archive comment.</summary>
internal sealed record EndRecord(long DirectoryOffsetBytes, int DirectoryLengthBytes, int EntryCount, byte[] Comment)
{
    internal const int MaxCommentBytes = 4096;
    private const int MaxEntries = 3;
    private const int MaxDirectoryBytes = MaxEntries * (ZipLayout.Central.Length + 32 + PaddingField.MaxLength);

    /// <summary>Finds the only end record, which must end with the file, and the zip64 record where the offset needs it.</summary>
    internal static EndRecord Read(PackageFile file)
    {
        byte[] tail = file.ReadBytes(
            Math.Max(0, file.LengthBytes - ZipLayout.End.Length - ushort.MaxValue),
            (int)Math.Min(file.LengthBytes, ZipLayout.End.Length + ushort.MaxValue));
        long tailOffset = file.LengthBytes - tail.Length;
        int position = Find(file, tail);
        ReadOnlySpan<byte> record = tail.AsSpan(position);
        byte[] comment = record[ZipLayout.End.Length..].ToArray();
        if (comment.Length > MaxCommentBytes)
        {
            throw file.Error(NpkRules.CommentTooLong, $"the archive comment has {comment.Length} bytes; at most {MaxCommentBytes} are allowed");
        }

        long recordOffset = tailOffset + position;
        ushort entries = UInt16(record, ZipLayout.End.Entries);
        if (UInt16(record, ZipLayout.End.Disk) != 0 || UInt16(record, ZipLayout.End.DirectoryDisk) != 0)
        {
            throw file.Error(NpkRules.ZipDisks, offsetBytes: recordOffset);
        }

        if (UInt16(record, ZipLayout.End.DiskEntries) != entries)
        {
            throw file.Error(NpkRules.ZipCountsDiffer, offsetBytes: recordOffset);
        }

        if (entries is not (2 or MaxEntries))
        {
            throw file.Error(
                NpkRules.ZipEntryCount, $"the archive has {entries} entries", offsetBytes: recordOffset,
                hint: "a package has manifest.yaml, fs.img and, when signed, signature.yaml");
        }

        long directorySize = UInt32(record, ZipLayout.End.DirectorySize);
        long directoryOffset = UInt32(record, ZipLayout.End.DirectoryOffset);
        long directoryEnd = recordOffset;
        if (directoryOffset == ZipLayout.Saturated)
        {
            directoryEnd = recordOffset - ZipLayout.Locator64.Length - ZipLayout.End64.Length;
            directoryOffset = ReadZip64(file, directoryEnd, entries, directorySize);
        }

        if (directorySize > MaxDirectoryBytes)
        {
            throw file.Error(
                NpkRules.ZipDirectoryTooLarge, $"the central directory has {directorySize} bytes; that of a package has at most {MaxDirectoryBytes}",
                offsetBytes: recordOffset);
        }

        if (directoryOffset + directorySize != directoryEnd)
        {
            throw file.Error(
                NpkRules.ZipDirectoryEnd, offsetBytes: recordOffset,
                hint: "bytes were added, removed or put in front of the archive");
        }

        return new EndRecord(directoryOffset, (int)directorySize, entries, comment);
    }

    private static int Find(PackageFile file, ReadOnlySpan<byte> tail)
    {
        ReadOnlySpan<byte> signature = "PK\x05\x06"u8;
        int last = tail.LastIndexOf(signature);
        if (last < 0)
        {
            throw file.Error(NpkRules.ZipNoEnd, hint: "the file is no package, or it is cut off");
        }

        int excess = Excess(tail, last);
        if (excess != 0)
        {
            throw file.Error(
                excess > 0 ? NpkRules.ZipTrailingBytes : NpkRules.ZipEndCutOff, excess > 0 ? $"{excess} bytes follow the archive" : null,
                offsetBytes: file.LengthBytes - tail.Length + last);
        }

        for (int other = tail[..last].LastIndexOf(signature); other >= 0; other = tail[..other].LastIndexOf(signature))
        {
            if (Excess(tail, other) == 0)
            {
                throw file.Error(
                    NpkRules.ZipTwoEnds, offsetBytes: file.LengthBytes - tail.Length + other);
            }
        }

        return last;
    }

    /// <summary>Returns how many bytes follow the comment of the record at <paramref name="position"/>; negative when it is cut off.</summary>
    private static int Excess(ReadOnlySpan<byte> tail, int position)
    {
        int rest = tail.Length - position - ZipLayout.End.Length;
        return rest < 0 ? rest : rest - UInt16(tail[position..], ZipLayout.End.CommentLength);
    }

    private static long ReadZip64(PackageFile file, long recordOffset, ushort entries, long directorySize)
    {
        if (recordOffset <= ZipLayout.Saturated)
        {
            throw file.Error(NpkRules.Zip64Needless);
        }

        ReadOnlySpan<byte> record = file.ReadBytes(recordOffset, ZipLayout.End64.Length + ZipLayout.Locator64.Length);
        ReadOnlySpan<byte> locator = record[ZipLayout.End64.Length..];
        ulong directoryOffset = UInt64(record, ZipLayout.End64.DirectoryOffset);
        bool consistent = UInt32(locator, 0) == ZipLayout.Locator64.Signature
            && UInt32(locator, ZipLayout.Locator64.RecordDisk) == 0
            && UInt64(locator, ZipLayout.Locator64.RecordOffset) == (ulong)recordOffset
            && UInt32(locator, ZipLayout.Locator64.Disks) == 1
            && UInt32(record, 0) == ZipLayout.End64.Signature
            && UInt64(record, ZipLayout.End64.RecordSize) == ZipLayout.End64.RecordSizeValue
            && UInt16(record, ZipLayout.End64.MadeBy) == UInt16(record, ZipLayout.End64.VersionNeeded)
            && UInt32(record, ZipLayout.End64.Disk) == 0
            && UInt32(record, ZipLayout.End64.DirectoryDisk) == 0
            && UInt64(record, ZipLayout.End64.DiskEntries) == entries
            && UInt64(record, ZipLayout.End64.Entries) == entries
            && UInt64(record, ZipLayout.End64.DirectorySize) == (ulong)directorySize
            && directoryOffset is > ZipLayout.Saturated and < long.MaxValue / 2;
        return consistent
            ? (long)directoryOffset
            : throw file.Error(NpkRules.Zip64Disagrees, offsetBytes: recordOffset);
    }

    private static ushort UInt16(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(record[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(record[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(record[offset..]);
}
