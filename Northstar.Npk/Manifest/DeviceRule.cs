// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>A rule that lets a container use devices of the host. A closed hierarchy.</summary>
public abstract record DeviceRule
{
    private DeviceRule()
    {
    }

    /// <summary>Gets what the container may do with the devices; by default read and write.</summary>
    public DeviceAccess Access { get; init; } = DeviceAccess.Read | DeviceAccess.Write;

    /// <summary>One device node of the host, which the container sees at the same path.</summary>
    /// <param name="Path">Its path below <c>/dev</c>.</param>
    public sealed record Node(string Path) : DeviceRule;

    /// <summary>A class of devices, by the numbers of the kernel; the container brings nodes of its own for them.</summary>
    /// <param name="Kind">Character or block devices.</param>
    /// <param name="Major">The major number, 0 to 4095.</param>
    /// <param name="Minor">The minor number, 0 to 1048575, or null for all.</param>
    public sealed record Numbers(DeviceKind Kind, uint Major, uint? Minor) : DeviceRule;
}

/// <summary>What a container may do with a device, as the device cgroup has it (cgroup-v1/devices.rst).</summary>
[Flags]
public enum DeviceAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>r</c>: open it to read.</summary>
    Read = 1 << 0,

    /// <summary><c>w</c>: open it to write.</summary>
    Write = 1 << 1,

    /// <summary><c>m</c>: make a node of it.</summary>
    MakeNode = 1 << 2,
}

/// <summary>The kind of a device (mknod(2)).</summary>
public enum DeviceKind
{
    /// <summary>A character device.</summary>
    Char,

    /// <summary>A block device.</summary>
    Block,
}
