// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>What getdents64(2) puts into a buffer: struct linux_dirent64, one after the other. Names are bytes, as the kernel has them.</summary>
internal readonly unsafe ref struct DirectoryEntry
{
    internal const byte Directory = 4; // DT_DIR
    internal const byte Unknown = 0; // DT_UNKNOWN

    private const int OffsetOffset = 8;
    private const int RecordLengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private readonly byte* _record;

    internal DirectoryEntry(byte* record) => _record = record;

    /// <summary>Gets where reading goes on behind it (lseek(2)).</summary>
    internal long Offset => *(long*)(_record + OffsetOffset);

    /// <summary>Gets how far the next one is in the buffer.</summary>
    internal int RecordLength => *(ushort*)(_record + RecordLengthOffset);

    /// <summary>Gets the kind, <see cref="Unknown"/> where the file system does not tell.</summary>
    internal byte Type => _record[TypeOffset];

    /// <summary>Gets the name with its final NUL.</summary>
    internal byte* Name => _record + NameOffset;

    /// <summary>Gets a value indicating whether it is the directory itself or the one above.</summary>
    internal bool IsDots => Name[0] == '.' && (Name[1] == 0 || (Name[1] == '.' && Name[2] == 0));

    /// <summary>Reads some entries. Returns how many bytes they are, 0 at the end.</summary>
    /// <exception cref="LinuxException">The directory cannot be read.</exception>
    internal static nint Read(int directory, byte* buffer, int length, string displayPath)
    {
        nint read = Sys.getdents64(directory, buffer, (nuint)length);
        return read >= 0 ? read : throw new LinuxException(Marshal.GetLastPInvokeError(), "getdents64", displayPath);
    }
}
