// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>Makes detached mounts of new file systems (fsopen(2), fsconfig(2), fsmount(2)).</summary>
internal static unsafe class FileSystem
{
    /// <summary>Returns the mount's descriptor, or -1 with errno set. <paramref name="parameters"/> are words <c>key=value</c> joined by commas; they are cut up in place.</summary>
    internal static int NewMount(byte* type, byte* parameters, ulong attributes)
    {
        int context = Sys.fsopen(type, Sys.FSOPEN_CLOEXEC);
        if (context < 0)
        {
            return -1;
        }

        int mount = Configure(context, parameters) && Sys.fsconfig(context, Sys.FSCONFIG_CMD_CREATE, null, null) == 0
            ? Sys.fsmount(context, Sys.FSMOUNT_CLOEXEC, attributes)
            : -1;
        int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        _ = Sys.close(context);
        System.Runtime.InteropServices.Marshal.SetLastPInvokeError(errno);
        return mount;
    }

    /// <summary>Makes a detached tmpfs; parameters are <c>key=value</c> words joined by commas, 63 bytes at most.</summary>
    internal static int NewTmpfs(ReadOnlySpan<byte> parameters, ulong attributes)
    {
        byte* data = stackalloc byte[64];
        parameters.CopyTo(new Span<byte>(data, 63));
        data[parameters.Length] = 0;
        fixed (byte* type = "tmpfs\0"u8)
        {
            return NewMount(type, data, attributes);
        }
    }

    /// <summary>Makes a mount read-only. Returns false with errno set.</summary>
    internal static bool MakeReadOnly(int mount)
    {
        var attributes = new Sys.mount_attr { attr_set = Sys.MOUNT_ATTR_RDONLY };
        fixed (byte* empty = "\0"u8)
        {
            return Sys.mount_setattr(mount, empty, Sys.AT_EMPTY_PATH, &attributes) == 0;
        }
    }

    private static bool Configure(int context, byte* word)
    {
        while (*word != 0)
        {
            byte* end = word;
            byte* value = null;
            while (*end is not 0 and not (byte)',')
            {
                if (*end == '=' && value is null)
                {
                    *end = 0;
                    value = end + 1;
                }

                end++;
            }

            bool last = *end == 0;
            *end = 0;
            if (Sys.fsconfig(context, value is null ? Sys.FSCONFIG_SET_FLAG : Sys.FSCONFIG_SET_STRING, word, value) < 0)
            {
                return false;
            }

            word = last ? end : end + 1;
        }

        return true;
    }
}
