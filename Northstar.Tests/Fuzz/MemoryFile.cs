// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;

namespace Northstar.Tests.Fuzz;

/// <summary>A file in memory that is written anew for each case, and told when somebody still has it open.</summary>
internal sealed class MemoryFile : IDisposable
{
    private readonly string _name;
    private readonly SafeFileHandle _handle;

    internal MemoryFile(string name)
    {
        _name = $"northstar-fuzz-{name}";
        using SafeFd memfd = Descriptors.NewMemfd(_name);
        using var fd = new Borrow(memfd);
        _handle = File.OpenHandle($"/proc/self/fd/{fd.Fd}", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Gets a path that opens the file while this process lives.</summary>
    internal string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    internal void Write(byte[] bytes)
    {
        RandomAccess.SetLength(_handle, bytes.Length);
        RandomAccess.Write(_handle, bytes, 0);
    }

    /// <summary>Writes bytes at the beginning and others behind a hole, which costs no memory.</summary>
    internal void Write(ReadOnlySpan<byte> head, long tailOffset, ReadOnlySpan<byte> tail)
    {
        RandomAccess.SetLength(_handle, 0);
        RandomAccess.SetLength(_handle, tailOffset + tail.Length);
        RandomAccess.Write(_handle, head, 0);
        RandomAccess.Write(_handle, tail, tailOffset);
    }

    /// <summary>Opens the file for reading, with a position and a lifetime of its own.</summary>
    internal SafeFileHandle Open() => File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Opens the file for writing.</summary>
    internal SafeFileHandle OpenWritable() => File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    internal byte[] ReadAll()
    {
        byte[] bytes = new byte[RandomAccess.GetLength(_handle)];
        _ = RandomAccess.Read(_handle, bytes, 0);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    /// <exception cref="FuzzException">A descriptor of it is still open.</exception>
    public void Dispose()
    {
        int open = new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(link => link.LinkTarget?.Contains($"memfd:{_name} ", StringComparison.Ordinal) == true);
        _handle.Dispose();
        FuzzException.Require(open == 1, $"{open - 1} descriptors of the input were left open");
    }
}
