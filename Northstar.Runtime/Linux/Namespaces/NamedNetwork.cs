// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Namespaces;

/// <summary>Network namespaces that have a name, as <c>ip netns add NAME</c> makes them (ip-netns(8), ioctl_ns(2)).</summary>
internal static unsafe class NamedNetwork
{
    private const string Directory = "/var/run/netns";

    /// <summary>Opens one.</summary>
    /// <exception cref="LinuxException">There is none of that name, or what has it is no network namespace, or the runtime's own.</exception>
    internal static SafeFd Open(string name)
    {
        string path = $"{Directory}/{name}";
        SafeFd network = Descriptors.Open(path, Sys.O_RDONLY);
        try
        {
            using var borrowed = new Borrow(network);
            if (Sys.ioctl(borrowed.Fd, Sys.NS_GET_NSTYPE, null) != Sys.CLONE_NEWNET)
            {
                throw new LinuxException((int)Errno.EINVAL, "open network namespace", path);
            }

            using SafeFd own = Descriptors.Open("/proc/self/ns/net", Sys.O_RDONLY);

            // Namespaces are files of one file system, so that their inodes tell them apart.
            if (Descriptors.InodeOf(network, path) == Descriptors.InodeOf(own, "/proc/self/ns/net"))
            {
                throw new LinuxException((int)Errno.EPERM, "open network namespace", path);
            }

            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
