// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>A regular file that is only ever made longer (O_APPEND). Not thread safe, but for <see cref="Sync"/>.</summary>
internal sealed unsafe class AppendFile : IDisposable
{
    private const uint Mode = 0x180; // 0600

    private readonly string _path;
    private readonly SafeFd _file = new();

    /// <summary>Opens or makes the file, not through a symlink in its place.</summary>
    /// <exception cref="LinuxException">That cannot be done, or it is no regular file.</exception>
    internal AppendFile(string path)
    {
        _path = path;

        // Without waiting: a fifo that nobody reads is an error.
        const int Flags = Sys.O_WRONLY | Sys.O_APPEND | Sys.O_CREAT | Sys.O_NONBLOCK | Sys.O_NOCTTY | Sys.O_CLOEXEC;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            _file.Take(Sys.open(name, Flags | Sys.O_NOFOLLOW, Mode), "open", path);
        }

        if (Status("", Sys.AT_EMPTY_PATH) is not { } status || (status.stx_mode & Sys.S_IFMT) != Sys.S_IFREG)
        {
            _file.Dispose();
            throw new LinuxException((int)Errno.EINVAL, "open", path + " as a regular file");
        }
    }

    /// <summary>Gets a value indicating whether a write broke off in the middle.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>Tells whether the path still leads to this file.</summary>
    internal bool IsInPlace() =>
        Status(_path, Sys.AT_SYMLINK_NOFOLLOW) is { } there && Status("", Sys.AT_EMPTY_PATH) is { } here
        && (there.stx_ino, there.stx_dev_major, there.stx_dev_minor) == (here.stx_ino, here.stx_dev_major, here.stx_dev_minor);

    /// <summary>Appends all bytes.</summary>
    /// <exception cref="LinuxException">Some of them could not be appended.</exception>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        using var fd = new Borrow(_file);
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint count = Sys.write(fd.Fd, start + done, (nuint)(bytes.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                    IsCut = done < bytes.Length;
                }
                else if (Marshal.GetLastPInvokeError() != (int)Errno.EINTR)
                {
                    throw new LinuxException(Marshal.GetLastPInvokeError(), "write", _path);
                }
            }
        }
    }

    /// <summary>Returns once all is on the disk. From any thread.</summary>
    /// <exception cref="LinuxException">Something may not be.</exception>
    internal void Sync()
    {
        using var fd = new Borrow(_file);
        if (Sys.fdatasync(fd.Fd) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "fdatasync", _path);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private Sys.statx_result? Status(string path, uint flags)
    {
        using var fd = new Borrow(_file);
        Sys.statx_result status;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Sys.statx(fd.Fd, name, flags, Sys.STATX_TYPE | Sys.STATX_INO, &status) == 0 ? status : null;
        }
    }
}
