// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Devices that a container may use.</summary>
/// <param name="Kind">Character or block devices.</param>
/// <param name="Major">The major number, or null for all.</param>
/// <param name="Minor">The minor number, or null for all.</param>
/// <param name="Access">What is allowed.</param>
internal sealed record DeviceGrant(DeviceKind Kind, uint? Major, uint? Minor, DeviceAccess Access)
{
    private const DeviceAccess ReadWrite = DeviceAccess.Read | DeviceAccess.Write;

    /// <summary>Gets the devices of a container's own <c>/dev</c>: null, zero, full, random, urandom, tty.</summary>
    internal static IReadOnlyList<DeviceGrant> Minimal { get; } =
        [Char(1, 3), Char(1, 5), Char(1, 7), Char(1, 8), Char(1, 9), Char(5, 0)];

    /// <summary>Gets every device, to read and write. Nodes cannot be made with it: only those that a mount shows can be opened.</summary>
    internal static IReadOnlyList<DeviceGrant> Every { get; } =
        [new(DeviceKind.Char, null, null, ReadWrite), new(DeviceKind.Block, null, null, ReadWrite)];

    /// <summary>Returns the rule in the words of the device cgroup: <c>c 1:3 rw</c>.</summary>
    public override string ToString() => $"{(Kind == DeviceKind.Char ? 'c' : 'b')} {Number(Major)}:{Number(Minor)} "
        + (Access.HasFlag(DeviceAccess.Read) ? "r" : "") + (Access.HasFlag(DeviceAccess.Write) ? "w" : "") + (Access.HasFlag(DeviceAccess.MakeNode) ? "m" : "");

    private static DeviceGrant Char(uint major, uint minor) => new(DeviceKind.Char, major, minor, ReadWrite);

    private static string Number(uint? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "*";
}
