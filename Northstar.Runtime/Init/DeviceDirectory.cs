// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>Makes what a container sees as <c>/dev</c>: a tmpfs with the six device nodes and four links.</summary>
internal static unsafe class DeviceDirectory
{
    /// <summary>Returns a detached mount that can still be written to, or -1 with errno set.</summary>
    /// <param name="asFiles">It has empty files to attach nodes to.</param>
    internal static int New(bool asFiles)
    {
        int tmpfs = FileSystem.NewTmpfs("mode=0755"u8, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC);
        bool done = tmpfs >= 0
            && DeviceNodes.Make(tmpfs, asFiles)
            && Link(tmpfs, "fd\0"u8, "/proc/self/fd\0"u8)
            && Link(tmpfs, "stdin\0"u8, "/proc/self/fd/0\0"u8)
            && Link(tmpfs, "stdout\0"u8, "/proc/self/fd/1\0"u8)
            && Link(tmpfs, "stderr\0"u8, "/proc/self/fd/2\0"u8);
        return done ? tmpfs : -1;
    }

    /// <summary>Makes an empty file at each of the paths, joined by line feeds, with the directories above. They are cut up in place.</summary>
    internal static bool AddFiles(int directory, byte* paths)
    {
        while (*paths != 0)
        {
            byte* end = paths;
            while (*end is not 0 and not (byte)'\n')
            {
                if (*end == '/')
                {
                    *end = 0;
                    bool isMade = Sys.mkdirat(directory, paths, 0x1ED) == 0 || System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == (int)Errno.EEXIST;
                    *end = (byte)'/';
                    if (!isMade)
                    {
                        return false;
                    }
                }

                end++;
            }

            bool isLast = *end == 0;
            *end = 0;
            if (Sys.mknodat(directory, paths, Sys.S_IFREG, 0) < 0)
            {
                return false;
            }

            paths = isLast ? end : end + 1;
        }

        return true;
    }

    private static bool Link(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        fixed (byte* path = name, to = target)
        {
            return Sys.symlinkat(to, directory, path) == 0;
        }
    }
}
