// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// Tells when somebody has written a file to its end, or put another one in its place (inotify(7) on its directory). A thread of its own waits.
/// </summary>
internal sealed unsafe class FileWatch : IDisposable
{
    private const int HeadLength = 16;
    private const int LengthOffset = 12;
    private const int MaskOffset = 4;

    private readonly SafeFd _inotify = new();
    private readonly SafeFd _end = new();
    private readonly byte[] _name;
    private readonly Action _onChange;
    private readonly Thread _thread;

    /// <summary>Begins to watch.</summary>
    /// <param name="path">The file. Its directory must exist.</param>
    /// <param name="onChange">Called from the thread of the watch.</param>
    /// <exception cref="LinuxException">There is no such directory, or the kernel has no more watches to give.</exception>
    internal FileWatch(string path, Action onChange)
    {
        path = Path.GetFullPath(path);
        _name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        _onChange = onChange;
        try
        {
            _inotify.Take(Sys.inotify_init1(Sys.IN_CLOEXEC | Sys.IN_NONBLOCK), "inotify_init1");
            _end.Take(Sys.eventfd(0, Sys.EFD_CLOEXEC | Sys.EFD_NONBLOCK), "eventfd");
            Add(Path.GetDirectoryName(path)!);
        }
        catch
        {
            _inotify.Dispose();
            _end.Dispose();
            throw;
        }

        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "file-watch" };
        _thread.Start();
    }

    /// <summary>Ends watching; no call comes afterwards.</summary>
    public void Dispose()
    {
        using (var fd = new Borrow(_end))
        {
            _ = Sys.eventfd_write(fd.Fd, 1);
        }

        _thread.Join();
        _end.Dispose();
        _inotify.Dispose();
    }

    private void Add(string directory)
    {
        using var fd = new Borrow(_inotify);
        fixed (byte* path = Encoding.UTF8.GetBytes(directory + '\0'))
        {
            if (Sys.inotify_add_watch(fd.Fd, path, Sys.IN_CLOSE_WRITE | Sys.IN_MOVED_TO) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "inotify_add_watch", directory);
            }
        }
    }

    private void Run()
    {
        using var events = new Borrow(_inotify);
        using var end = new Borrow(_end);
        byte* buffer = stackalloc byte[4096];
        Sys.pollfd* wait = stackalloc Sys.pollfd[2];
        while (true)
        {
            wait[0] = new Sys.pollfd { fd = events.Fd, events = Sys.POLLIN };
            wait[1] = new Sys.pollfd { fd = end.Fd, events = Sys.POLLIN };
            if (Sys.poll(wait, 2, -1) > 0)
            {
                if (wait[1].revents != 0)
                {
                    return;
                }

                nint length = Sys.read(events.Fd, buffer, 4096);
                if (length > 0 && IsAboutTheFile(new ReadOnlySpan<byte>(buffer, (int)length)))
                {
                    _onChange();
                }
            }
        }
    }

    /// <summary>The kernel's records: watch, mask, cookie, length, and the name with zeros behind it.</summary>
    private bool IsAboutTheFile(ReadOnlySpan<byte> records)
    {
        while (records.Length >= HeadLength)
        {
            uint mask = BinaryPrimitives.ReadUInt32LittleEndian(records[MaskOffset..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(records[LengthOffset..]);
            if ((mask & Sys.IN_Q_OVERFLOW) != 0 || records.Slice(HeadLength, length).TrimEnd((byte)0).SequenceEqual(_name))
            {
                return true;
            }

            records = records[(HeadLength + length)..];
        }

        return false;
    }
}
