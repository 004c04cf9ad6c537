// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Npk;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Runtime.Containers;

/// <summary>Which devices of the host a manifest asks for, beside those that every container has.</summary>
internal static unsafe class DeviceGrants
{
    internal const string HostDevices = "/dev";

    private static readonly string[] s_minimal = ["full", "null", "random", "tty", "urandom", "zero"];

    /// <summary>Returns the devices of the rules of a manifest, and those that its bind mounts show without <c>nodev</c>.</summary>
    /// <exception cref="LinuxException">The host does not have a node that a rule names.</exception>
    internal static IReadOnlyList<DeviceGrant> Of(Manifest manifest, IReadOnlyList<DeviceRule> rules, BindSources sources)
    {
        List<DeviceGrant> grants = [.. rules.Select(Resolve)];
        foreach (Mount.Bind bind in manifest.Mounts.Values.OfType<Mount.Bind>().Where(static b => !b.Options.HasFlag(MountOptions.NoDev)))
        {
            sources.ThrowIfHanging(bind.Host);
            string host = Path.GetFullPath(bind.Host);
            if (host is "/" or HostDevices)
            {
                grants.AddRange(DeviceGrant.Every);
            }
            else if (TryFind(host, DeviceAccess.Read | DeviceAccess.Write, out _) is { } node)
            {
                grants.Add(node);
            }
            else if (host.StartsWith(HostDevices + "/", StringComparison.Ordinal))
            {
                grants.AddRange(DeviceGrant.Every);
            }
        }

        return grants;
    }

    /// <summary>Returns the nodes that rules name beside those of every container, as paths below <c>/dev</c>.</summary>
    internal static string[] NodesBeside(IReadOnlyList<DeviceRule> rules) =>
        [.. rules.OfType<DeviceRule.Node>().Select(static n => Path.GetRelativePath(HostDevices, n.Path)).Except(s_minimal)];

    private static DeviceGrant Resolve(DeviceRule rule) => rule switch
    {
        DeviceRule.Numbers numbers => new DeviceGrant(numbers.Kind, numbers.Major, numbers.Minor, numbers.Access),
        DeviceRule.Node node => TryFind(node.Path, node.Access, out int errno)
            ?? throw new LinuxException(errno == 0 ? (int)Errno.ENODEV : errno, "open device", node.Path),
        _ => throw RuntimeException.Unexpected($"a device rule is of an unknown type: {rule}"),
    };

    /// <summary>Returns null for what is no device, with <paramref name="errno"/> 0, and for what cannot be looked at.</summary>
    private static DeviceGrant? TryFind(string path, DeviceAccess access, out int errno)
    {
        Sys.statx_result status;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // A server that hangs is not asked: what kind of file it is does not change.
            errno = Sys.statx(Sys.AT_FDCWD, name, Sys.AT_STATX_DONT_SYNC, Sys.STATX_TYPE, &status) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }

        return errno != 0 ? null : (status.stx_mode & Sys.S_IFMT) switch
        {
            Sys.S_IFCHR => new DeviceGrant(DeviceKind.Char, status.stx_rdev_major, status.stx_rdev_minor, access),
            Sys.S_IFBLK => new DeviceGrant(DeviceKind.Block, status.stx_rdev_major, status.stx_rdev_minor, access),
            _ => null,
        };
    }
}
