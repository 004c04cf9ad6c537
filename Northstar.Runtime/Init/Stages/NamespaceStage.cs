// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Leaves the host's session and namespaces.</summary>
internal static unsafe class NamespaceStage
{
    /// <summary>Begins a session.</summary>
    internal static void LeaveSession()
    {
        Failure.Enter(LaunchStage.Session);
        Failure.Check(Sys.setsid(), LaunchStage.Session);
    }

    /// <summary>Joins a network namespace, unless it is -1.</summary>
    internal static void JoinNetwork(int network)
    {
        Failure.Enter(LaunchStage.Network);
        if (network >= 0)
        {
            Failure.Check(Sys.setns(network, Sys.CLONE_NEWNET), LaunchStage.Network);
        }
    }

    /// <summary>Makes the namespaces; that of cgroups comes later, when the cgroups are joined.</summary>
    internal static void Unshare(int namespaces)
    {
        Failure.Enter(LaunchStage.Namespaces);
        Failure.Check(Sys.unshare(namespaces & ~Sys.CLONE_NEWCGROUP), LaunchStage.Namespaces);
        if ((namespaces & Sys.CLONE_NEWNET) != 0)
        {
            RaiseLoopback();
        }
    }

    /// <summary>Gives the host name, in the namespace that both processes share.</summary>
    internal static void SetHostName(byte* host) => Failure.Check(Sys.sethostname(host, Length(host)), LaunchStage.Namespaces, host);

    private static nuint Length(byte* text)
    {
        nuint length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }

    private static void RaiseLoopback()
    {
        int socket = Failure.Check(Sys.socket(Sys.AF_INET, Sys.SOCK_DGRAM | Sys.SOCK_CLOEXEC, 0), LaunchStage.Network);
        var request = default(Sys.ifreq);
        request.ifr_name[0] = (byte)'l';
        request.ifr_name[1] = (byte)'o';
        request.ifr_flags = Sys.IFF_UP;

        // Without CAP_NET_ADMIN it stays down: nothing in the container is less isolated for that.
        int result = Sys.ioctl(socket, Sys.SIOCSIFFLAGS, &request);
        Failure.Check(result < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EPERM ? 0 : result, LaunchStage.Network);
        _ = Sys.close(socket);
    }
}
