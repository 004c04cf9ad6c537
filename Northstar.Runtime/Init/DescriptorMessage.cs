// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>Sends packets with descriptors beside them.</summary>
internal static unsafe class DescriptorMessage
{
    /// <summary>Sends a packet with one descriptor, or with none if it is -1.</summary>
    internal static void Send(int socket, void* data, int length, int descriptor) =>
        _ = Send(socket, data, length, &descriptor, descriptor < 0 ? 0 : 1); // the runtime may be gone: then the next receive says so

    /// <summary>Passes a request on as it came. Returns false when nobody is there to take it.</summary>
    internal static bool Forward(int socket, ref ReceivedRequest request)
    {
        fixed (int* descriptors = request.Descriptors)
        {
            return Send(socket, request.Message, request.MessageLength, descriptors, request.DescriptorCount);
        }
    }

    private static bool Send(int socket, void* data, int length, int* descriptors, int count)
    {
        int controlLength = sizeof(Sys.cmsghdr) + (((count * sizeof(int)) + 7) & ~7);
        byte* control = stackalloc byte[controlLength];
        var vector = new Sys.iovec { iov_base = data, iov_len = (nuint)length };
        var message = new Sys.msghdr { msg_iov = &vector, msg_iovlen = 1 };
        if (count > 0)
        {
            var header = (Sys.cmsghdr*)control;
            header->cmsg_len = (nuint)(sizeof(Sys.cmsghdr) + (count * sizeof(int)));
            header->cmsg_level = Sys.SOL_SOCKET;
            header->cmsg_type = Sys.SCM_RIGHTS;
            Buffer.MemoryCopy(descriptors, control + sizeof(Sys.cmsghdr), count * sizeof(int), count * sizeof(int));
            message.msg_control = control;
            message.msg_controllen = (nuint)controlLength;
        }

        nint sent;
        do
        {
            sent = Sys.sendmsg(socket, &message, Sys.MSG_NOSIGNAL);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        return sent >= 0;
    }
}
