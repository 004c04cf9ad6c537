// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Joins the cgroups that the runtime made meanwhile; init and the payload do so each on its own.</summary>
internal static unsafe class CgroupStage
{
    /// <summary>Takes one message with the files, and writes to them. A new cgroup namespace, if wanted, begins at the groups joined.</summary>
    internal static void Join(int control, int namespaces)
    {
        Failure.Enter(LaunchStage.Cgroup);
        int controlLength = sizeof(Sys.cmsghdr) + (JoinMessage.MaxDescriptors * sizeof(int));
        byte* ancillary = stackalloc byte[controlLength];
        byte head;
        var vector = new Sys.iovec { iov_base = &head, iov_len = 1 };
        var message = new Sys.msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = ancillary, msg_controllen = (nuint)controlLength };
        nint received;
        do
        {
            received = Sys.recvmsg(control, &message, Sys.MSG_CMSG_CLOEXEC);
        }
        while (received < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        if (received == 0)
        {
            // The runtime gave this launch up, or is gone.
            Sys._exit(0);
        }

        Failure.Check((int)received, LaunchStage.Cgroup);

        // A process that gets only some of the files would be free of the limits of the others.
        Failure.Verify((message.msg_flags & Sys.MSG_CTRUNC) == 0, LaunchStage.Cgroup, "the files of cgroups, not all received\0"u8);
        var header = (Sys.cmsghdr*)ancillary;
        if (message.msg_controllen > (nuint)sizeof(Sys.cmsghdr))
        {
            Write((int*)(ancillary + sizeof(Sys.cmsghdr)), (int)((header->cmsg_len - (nuint)sizeof(Sys.cmsghdr)) / sizeof(int)));
        }

        // Its root is the cgroup that a process is in at this moment.
        if ((namespaces & Sys.CLONE_NEWCGROUP) != 0)
        {
            Failure.Check(Sys.unshare(Sys.CLONE_NEWCGROUP), LaunchStage.Cgroup);
        }
    }

    /// <summary>The child writes <c>0</c> by itself: on v1 a parent that writes a pid waits milliseconds for a grace period.</summary>
    private static void Write(int* descriptors, int count)
    {
        byte zero = (byte)'0';
        for (int i = 0; i < count; i++)
        {
            Failure.Check((int)Sys.write(descriptors[i], &zero, 1), LaunchStage.Cgroup);
            _ = Sys.close(descriptors[i]);
        }
    }
}
