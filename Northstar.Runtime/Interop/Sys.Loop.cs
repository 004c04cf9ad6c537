// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Loop devices (linux/loop.h, loop(4)).</summary>
internal static unsafe partial class Sys
{
    internal const nuint LOOP_CLR_FD = 0x4C01;
    internal const nuint LOOP_GET_STATUS64 = 0x4C05;
    internal const nuint LOOP_CONFIGURE = 0x4C0A;
    internal const nuint LOOP_CTL_GET_FREE = 0x4C82;
    internal const uint LO_FLAGS_READ_ONLY = 1;
    internal const uint LO_FLAGS_AUTOCLEAR = 4;

    [StructLayout(LayoutKind.Sequential)]
    internal struct loop_info64
    {
        internal ulong lo_device;
        internal ulong lo_inode;
        internal ulong lo_rdevice;
        internal ulong lo_offset;
        internal ulong lo_sizelimit;
        internal uint lo_number;
        internal uint lo_encrypt_type;
        internal uint lo_encrypt_key_size;
        internal uint lo_flags;
        internal fixed byte lo_file_name[64];
        internal fixed byte lo_crypt_name[64];
        internal fixed byte lo_encrypt_key[32];
        internal fixed ulong lo_init[2];
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct loop_config
    {
        internal uint fd;
        internal uint block_size;
        internal loop_info64 info;
        internal fixed ulong __reserved[8];
    }
}
