// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>The device mapper (linux/dm-ioctl.h), and the flags that tell udev what to leave alone (libdevmapper.h).</summary>
internal static unsafe partial class Sys
{
    internal const nuint DM_VERSION = 0xC138FD00;
    internal const nuint DM_LIST_DEVICES = 0xC138FD02;
    internal const nuint DM_DEV_CREATE = 0xC138FD03;
    internal const nuint DM_DEV_REMOVE = 0xC138FD04;
    internal const nuint DM_DEV_SUSPEND = 0xC138FD06;
    internal const nuint DM_DEV_STATUS = 0xC138FD07;
    internal const nuint DM_TABLE_LOAD = 0xC138FD09;
    internal const nuint DM_TABLE_STATUS = 0xC138FD0C;
    internal const nuint DM_GET_TARGET_VERSION = 0xC138FD11;

    internal const int DM_VERSION_MAJOR = 4;
    internal const int DM_NAME_LEN = 128;
    internal const int DM_UUID_LEN = 129;

    internal const uint DM_READONLY_FLAG = 1 << 0;
    internal const uint DM_STATUS_TABLE_FLAG = 1 << 4;
    internal const uint DM_BUFFER_FULL_FLAG = 1 << 8;
    internal const uint DM_DEFERRED_REMOVE = 1 << 17;

    internal const int DM_UDEV_FLAGS_SHIFT = 16;
    internal const uint DM_UDEV_DISABLE_DM_RULES_FLAG = 0x0001;
    internal const uint DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG = 0x0002;
    internal const uint DM_UDEV_DISABLE_DISK_RULES_FLAG = 0x0004;
    internal const uint DM_UDEV_DISABLE_OTHER_RULES_FLAG = 0x0008;
    internal const uint DM_UDEV_DISABLE_LIBRARY_FALLBACK = 0x0020;

    [StructLayout(LayoutKind.Sequential)]
    internal struct dm_ioctl
    {
        internal fixed uint version[3];
        internal uint data_size;
        internal uint data_start;
        internal uint target_count;
        internal int open_count;
        internal uint flags;
        internal uint event_nr;
        internal uint padding;
        internal ulong dev;
        internal fixed byte name[DM_NAME_LEN];
        internal fixed byte uuid[DM_UUID_LEN];
        internal fixed byte data[7];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct dm_target_spec
    {
        internal ulong sector_start;
        internal ulong length;
        internal int status;
        internal uint next;
        internal fixed byte target_type[16];
    }
}
