// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>The files behind the devices (inotify(7)), by their inodes: a read of what was cut off fails without a word from dm-verity.</summary>
internal sealed unsafe partial class VerityWatch
{
    private const int NoWatch = -1;
    private const int EventLength = 16;

    /// <summary>Returns the watch of a file. Without one, when the user has no more to give, only the device is watched.</summary>
    private int AddFile(SafeHandle file)
    {
        using var inotify = new Borrow(_inotify);
        using var fd = new Borrow(file);
        fixed (byte* path = Encoding.UTF8.GetBytes($"/proc/self/fd/{fd.Fd}\0"))
        {
            return Math.Max(NoWatch, Sys.inotify_add_watch(inotify.Fd, path, Sys.IN_MODIFY));
        }
    }

    /// <summary>Devices over one file share its watch.</summary>
    private void RemoveFile(int file)
    {
        if (file != NoWatch && !_devices.Values.Any(d => d.File == file))
        {
            using var inotify = new Borrow(_inotify);
            _ = Sys.inotify_rm_watch(inotify.Fd, file);
        }
    }

    // struct inotify_event: watch at 0, mask at 4, cookie at 8, length of the name that follows at 12.
    private void ReadFiles(ReadOnlySpan<byte> events, List<Action> callbacks)
    {
        var changed = new HashSet<Registration>();
        while (events.Length >= EventLength)
        {
            int watch = BinaryPrimitives.ReadInt32LittleEndian(events);
            bool isLost = (BinaryPrimitives.ReadUInt32LittleEndian(events[4..]) & Sys.IN_Q_OVERFLOW) != 0;
            changed.UnionWith(_devices.Values.Where(d => isLost || (d.File == watch && watch != NoWatch)));
            events = events[Math.Min(events.Length, EventLength + (int)BinaryPrimitives.ReadUInt32LittleEndian(events[12..]))..];
        }

        callbacks.AddRange(changed.Select(static d => d.OnFileChanged));
    }
}
