// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Joins the cgroups and leaves the host's session and namespaces.</summary>
internal static unsafe class NamespaceStage
{
    internal static void Enter(ref PlanReader plan)
    {
        int namespaces = (int)plan.Number();
        int network = plan.Descriptor();
        JoinCgroups(ref plan);

        Failure.Enter(LaunchStage.Session);
        Failure.Check(Sys.setsid(), LaunchStage.Session);

        Failure.Enter(LaunchStage.Network);
        if (network >= 0)
        {
            Failure.Check(Sys.setns(network, Sys.CLONE_NEWNET), LaunchStage.Network);
        }

        Failure.Enter(LaunchStage.Namespaces);
        Failure.Check(Sys.unshare(namespaces), LaunchStage.Namespaces);
        if ((namespaces & Sys.CLONE_NEWNET) != 0)
        {
            RaiseLoopback();
        }
    }

    /// <summary>The child writes <c>0</c> by itself: on v1 a parent that writes a pid waits milliseconds for a grace period.</summary>
    private static void JoinCgroups(ref PlanReader plan)
    {
        Failure.Enter(LaunchStage.Cgroup);
        uint count = plan.Number();
        byte zero = (byte)'0';
        for (uint i = 0; i < count; i++)
        {
            Failure.Check((int)Sys.write(plan.Descriptor(), &zero, 1), LaunchStage.Cgroup);
        }
    }

    private static void RaiseLoopback()
    {
        int socket = Failure.Check(Sys.socket(Sys.AF_INET, Sys.SOCK_DGRAM | Sys.SOCK_CLOEXEC, 0), LaunchStage.Network);
        var request = default(Sys.ifreq);
        request.ifr_name[0] = (byte)'l';
        request.ifr_name[1] = (byte)'o';
        request.ifr_flags = Sys.IFF_UP;
        Failure.Check(Sys.ioctl(socket, Sys.SIOCSIFFLAGS, &request), LaunchStage.Network);
        _ = Sys.close(socket);
    }
}
