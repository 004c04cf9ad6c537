// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Archive;

/// <summary>Offsets and fixed values of the zip records that a package is made of; all integers are little endian.</summary>
/// <remarks>PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.</remarks>
internal static class ZipLayout
{
    internal const int Alignment = 4096;
    internal const uint Saturated = uint.MaxValue;
    internal const ushort VersionStored = 10;
    internal const ushort VersionDeflated = 20; // written by 0.9.0 and 0.9.1, for stored entries too

    internal const ushort MadeBy = 0x030A;
    internal const ushort MadeByOlder = 0x032E; // together with VersionDeflated
    internal const ushort ConstantDate = 0x0021;
    internal const uint RegularFileAttributes = 0x81A40000;

    internal const ushort PaddingId = 0xA11E;
    internal const ushort Zip64Id = 0x0001;
    internal const ushort StrongEncryptionId = 0x0017;
    internal const ushort UnicodeCommentId = 0x6375;
    internal const ushort UnicodePathId = 0x7075;
    internal const ushort AesId = 0x9901;
    internal const int PaddingMinimum = 6;

    /// <summary>The local header in front of the data of an entry.</summary>
    internal static class Local
    {
        internal const uint Signature = 0x04034B50;
        internal const int VersionNeeded = 4;
        internal const int Flags = VersionNeeded + sizeof(ushort);
        internal const int Method = Flags + sizeof(ushort);
        internal const int Time = Method + sizeof(ushort);
        internal const int Date = Time + sizeof(ushort);
        internal const int Crc = Date + sizeof(ushort);
        internal const int CompressedSize = Crc + sizeof(uint);
        internal const int Size = CompressedSize + sizeof(uint);
        internal const int NameLength = Size + sizeof(uint);
        internal const int ExtraLength = NameLength + sizeof(ushort);
        internal const int Length = ExtraLength + sizeof(ushort);
    }

    /// <summary>One record of the central directory.</summary>
    internal static class Central
    {
        internal const uint Signature = 0x02014B50;
        internal const int MadeBy = 4;
        internal const int VersionNeeded = MadeBy + sizeof(ushort);
        internal const int Flags = VersionNeeded + sizeof(ushort);
        internal const int Method = Flags + sizeof(ushort);
        internal const int Time = Method + sizeof(ushort);
        internal const int Date = Time + sizeof(ushort);
        internal const int Crc = Date + sizeof(ushort);
        internal const int CompressedSize = Crc + sizeof(uint);
        internal const int Size = CompressedSize + sizeof(uint);
        internal const int NameLength = Size + sizeof(uint);
        internal const int ExtraLength = NameLength + sizeof(ushort);
        internal const int CommentLength = ExtraLength + sizeof(ushort);
        internal const int Disk = CommentLength + sizeof(ushort);
        internal const int InternalAttributes = Disk + sizeof(ushort);
        internal const int ExternalAttributes = InternalAttributes + sizeof(ushort);
        internal const int HeaderOffset = ExternalAttributes + sizeof(uint);
        internal const int Length = HeaderOffset + sizeof(uint);
    }

    /// <summary>The end of central directory record; the archive comment follows it.</summary>
    internal static class End
    {
        internal const uint Signature = 0x06054B50;
        internal const int Disk = 4;
        internal const int DirectoryDisk = Disk + sizeof(ushort);
        internal const int DiskEntries = DirectoryDisk + sizeof(ushort);
        internal const int Entries = DiskEntries + sizeof(ushort);
        internal const int DirectorySize = Entries + sizeof(ushort);
        internal const int DirectoryOffset = DirectorySize + sizeof(uint);
        internal const int CommentLength = DirectoryOffset + sizeof(uint);
        internal const int Length = CommentLength + sizeof(ushort);
    }

    /// <summary>The zip64 end record, present only when the directory starts above 4 GiB - 1.</summary>
    internal static class End64
    {
        internal const uint Signature = 0x06064B50;
        internal const int RecordSize = 4;
        internal const int MadeBy = RecordSize + sizeof(ulong);
        internal const int VersionNeeded = MadeBy + sizeof(ushort);
        internal const int Disk = VersionNeeded + sizeof(ushort);
        internal const int DirectoryDisk = Disk + sizeof(uint);
        internal const int DiskEntries = DirectoryDisk + sizeof(uint);
        internal const int Entries = DiskEntries + sizeof(ulong);
        internal const int DirectorySize = Entries + sizeof(ulong);
        internal const int DirectoryOffset = DirectorySize + sizeof(ulong);
        internal const int Length = DirectoryOffset + sizeof(ulong);
        internal const ulong RecordSizeValue = Length - MadeBy;
    }

    /// <summary>The locator between the zip64 end record and the end record.</summary>
    internal static class Locator64
    {
        internal const uint Signature = 0x07064B50;
        internal const int RecordDisk = 4;
        internal const int RecordOffset = RecordDisk + sizeof(uint);
        internal const int Disks = RecordOffset + sizeof(ulong);
        internal const int Length = Disks + sizeof(uint);
    }
}
