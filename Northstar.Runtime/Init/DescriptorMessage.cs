// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>Sends a packet, with one descriptor beside it or none (unix(7), SCM_RIGHTS).</summary>
internal static unsafe class DescriptorMessage
{
    internal static void Send(int socket, void* data, int length, int descriptor)
    {
        byte* control = stackalloc byte[sizeof(Sys.cmsghdr) + 8];
        var vector = new Sys.iovec { iov_base = data, iov_len = (nuint)length };
        var message = new Sys.msghdr { msg_iov = &vector, msg_iovlen = 1 };
        if (descriptor >= 0)
        {
            var header = (Sys.cmsghdr*)control;
            header->cmsg_len = (nuint)(sizeof(Sys.cmsghdr) + sizeof(int));
            header->cmsg_level = Sys.SOL_SOCKET;
            header->cmsg_type = Sys.SCM_RIGHTS;
            *(int*)(control + sizeof(Sys.cmsghdr)) = descriptor;
            message.msg_control = control;
            message.msg_controllen = (nuint)(sizeof(Sys.cmsghdr) + 8);
        }

        // The runtime may be gone: then the next receive says so.
        while (Sys.sendmsg(socket, &message, Sys.MSG_NOSIGNAL) < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == (int)Errno.EINTR)
        {
        }
    }
}
