// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Text;

namespace Northstar.Npk.Archive;

/// <summary>The bytes of a package in front of and behind the data of <c>fs.img</c>. Equal input gives equal bytes.</summary>
internal sealed record ArchiveFrame(byte[] Prefix, byte[] Suffix)
{
    /// <summary>Lays out an archive.</summary>
    internal static ArchiveFrame Create(byte[] manifest, byte[]? signature, uint imageCrc, long imageLengthBytes, byte[] comment)
    {
        if (imageLengthBytes > uint.MaxValue)
        {
            throw new NpkException(
                NpkRules.ImageTooLarge, $"write package: fs.img would have {imageLengthBytes} bytes; a package holds at most {uint.MaxValue}",
                StoredEntry.ImageName);
        }

        MemoryStream prefix = new();
        MemoryStream directory = new();
        int entries = 0;
        Add(StoredEntry.ManifestName, manifest);
        if (signature is not null)
        {
            Add(StoredEntry.SignatureName, signature);
        }

        byte[] padding = Padding(prefix.Length + ZipLayout.Local.Length + StoredEntry.ImageName.Length);
        Header(StoredEntry.ImageName, imageCrc, (uint)imageLengthBytes, padding);
        WriteEnd(directory, prefix.Length + imageLengthBytes, entries, comment);
        return new ArchiveFrame(prefix.ToArray(), directory.ToArray());

        void Add(string name, byte[] data)
        {
            Header(name, Crc32.Append(0, data), (uint)data.Length, []);
            prefix.Write(data);
        }

        void Header(string name, uint crc, uint size, byte[] extra)
        {
            WriteCentral(directory, name, crc, size, (uint)prefix.Length, extra);
            WriteLocal(prefix, name, crc, size, extra);
            entries++;
        }
    }

    /// <summary>Returns the extra field that makes data which would begin at <paramref name="offset"/> begin at a multiple of 4096.</summary>
    internal static byte[] Padding(long offset)
    {
        int length = (int)((ZipLayout.Alignment - (offset % ZipLayout.Alignment)) % ZipLayout.Alignment);
        if (length == 0)
        {
            return [];
        }

        length = length < ZipLayout.PaddingMinimum ? length + ZipLayout.Alignment : length;
        byte[] record = new byte[length];
        BinaryPrimitives.WriteUInt16LittleEndian(record, ZipLayout.PaddingId);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(2), (ushort)(length - 4));
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(4), ZipLayout.Alignment);
        return record;
    }

    private static void WriteLocal(MemoryStream stream, string name, uint crc, uint size, byte[] extra)
    {
        byte[] header = new byte[ZipLayout.Local.Length];
        Put32(header, 0, ZipLayout.Local.Signature);
        Put16(header, ZipLayout.Local.VersionNeeded, ZipLayout.VersionStored);
        Put16(header, ZipLayout.Local.Date, ZipLayout.ConstantDate);
        Put32(header, ZipLayout.Local.Crc, crc);
        Put32(header, ZipLayout.Local.CompressedSize, size);
        Put32(header, ZipLayout.Local.Size, size);
        Put16(header, ZipLayout.Local.NameLength, (ushort)name.Length);
        Put16(header, ZipLayout.Local.ExtraLength, (ushort)extra.Length);
        stream.Write(header);
        stream.Write(Encoding.ASCII.GetBytes(name));
        stream.Write(extra);
    }

    private static void WriteCentral(MemoryStream stream, string name, uint crc, uint size, uint headerOffset, byte[] extra)
    {
        byte[] record = new byte[ZipLayout.Central.Length];
        Put32(record, 0, ZipLayout.Central.Signature);
        Put16(record, ZipLayout.Central.MadeBy, ZipLayout.MadeBy);
        Put16(record, ZipLayout.Central.VersionNeeded, ZipLayout.VersionStored);
        Put16(record, ZipLayout.Central.Date, ZipLayout.ConstantDate);
        Put32(record, ZipLayout.Central.Crc, crc);
        Put32(record, ZipLayout.Central.CompressedSize, size);
        Put32(record, ZipLayout.Central.Size, size);
        Put16(record, ZipLayout.Central.NameLength, (ushort)name.Length);
        Put16(record, ZipLayout.Central.ExtraLength, (ushort)extra.Length);
        Put32(record, ZipLayout.Central.ExternalAttributes, ZipLayout.RegularFileAttributes);
        Put32(record, ZipLayout.Central.HeaderOffset, headerOffset);
        stream.Write(record);
        stream.Write(Encoding.ASCII.GetBytes(name));
        stream.Write(extra);
    }

    private static void WriteEnd(MemoryStream stream, long directoryOffset, int entries, byte[] comment)
    {
        uint directorySize = (uint)stream.Length;
        if (directoryOffset > uint.MaxValue)
        {
            WriteEnd64(stream, directoryOffset, entries, directorySize);
        }

        byte[] record = new byte[ZipLayout.End.Length];
        Put32(record, 0, ZipLayout.End.Signature);
        Put16(record, ZipLayout.End.DiskEntries, (ushort)entries);
        Put16(record, ZipLayout.End.Entries, (ushort)entries);
        Put32(record, ZipLayout.End.DirectorySize, directorySize);
        Put32(record, ZipLayout.End.DirectoryOffset, (uint)Math.Min(directoryOffset, ZipLayout.Saturated));
        Put16(record, ZipLayout.End.CommentLength, (ushort)comment.Length);
        stream.Write(record);
        stream.Write(comment);
    }

    private static void WriteEnd64(MemoryStream stream, long directoryOffset, int entries, uint directorySize)
    {
        byte[] record = new byte[ZipLayout.End64.Length];
        Put32(record, 0, ZipLayout.End64.Signature);
        Put64(record, ZipLayout.End64.RecordSize, ZipLayout.End64.RecordSizeValue);
        Put16(record, ZipLayout.End64.MadeBy, ZipLayout.VersionStored);
        Put16(record, ZipLayout.End64.VersionNeeded, ZipLayout.VersionStored);
        Put64(record, ZipLayout.End64.DiskEntries, (ulong)entries);
        Put64(record, ZipLayout.End64.Entries, (ulong)entries);
        Put64(record, ZipLayout.End64.DirectorySize, directorySize);
        Put64(record, ZipLayout.End64.DirectoryOffset, (ulong)directoryOffset);
        byte[] locator = new byte[ZipLayout.Locator64.Length];
        Put32(locator, 0, ZipLayout.Locator64.Signature);
        Put64(locator, ZipLayout.Locator64.RecordOffset, (ulong)(directoryOffset + directorySize));
        Put32(locator, ZipLayout.Locator64.Disks, 1);
        stream.Write(record);
        stream.Write(locator);
    }

    private static void Put16(byte[] record, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(offset), value);

    private static void Put32(byte[] record, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(offset), value);

    private static void Put64(byte[] record, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(offset), value);
}
