// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>Packets with descriptors beside them on a SOCK_SEQPACKET Unix socket (unix(7)).</summary>
internal static unsafe class DescriptorSocket
{
    /// <summary>The operation that errors of <see cref="Send"/> name.</summary>
    internal const string SendOperation = "sendmsg";

    /// <summary>Sends one packet made of two parts, with descriptors.</summary>
    internal static void Send(SafeHandle socket, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IReadOnlyList<SafeHandle> descriptors)
    {
        if (descriptors.Count > LaunchRequest.MaxDescriptors)
        {
            throw new LinuxException((int)Errno.ETOOMANYREFS, "launch", $"{descriptors.Count} descriptors");
        }

        int controlLength = sizeof(Sys.cmsghdr) + ((descriptors.Count * sizeof(int)) + 7 & ~7);
        byte* control = stackalloc byte[controlLength];
        var header = (Sys.cmsghdr*)control;
        header->cmsg_len = (nuint)(sizeof(Sys.cmsghdr) + (descriptors.Count * sizeof(int)));
        header->cmsg_level = Sys.SOL_SOCKET;
        header->cmsg_type = Sys.SCM_RIGHTS;
        var numbers = (int*)(control + sizeof(Sys.cmsghdr));
        int borrowed = 0;
        try
        {
            for (; borrowed < descriptors.Count; borrowed++)
            {
                bool added = false;
                descriptors[borrowed].DangerousAddRef(ref added);
                numbers[borrowed] = (int)descriptors[borrowed].DangerousGetHandle();
            }

            using var fd = new Borrow(socket);
            fixed (byte* first = head, second = body)
            {
                Sys.iovec* vectors = stackalloc Sys.iovec[2]
                {
                    new Sys.iovec { iov_base = first, iov_len = (nuint)head.Length },
                    new Sys.iovec { iov_base = second, iov_len = (nuint)body.Length },
                };
                var message = new Sys.msghdr
                {
                    msg_iov = vectors,
                    msg_iovlen = 2,
                    msg_control = descriptors.Count > 0 ? control : null,
                    msg_controllen = descriptors.Count > 0 ? (nuint)controlLength : 0,
                };
                while (Sys.sendmsg(fd.Fd, &message, Sys.MSG_NOSIGNAL) < 0)
                {
                    int errno = Marshal.GetLastPInvokeError();
                    if (errno != (int)Errno.EINTR)
                    {
                        throw new LinuxException(errno, SendOperation, "northstar-init");
                    }
                }
            }
        }
        finally
        {
            while (borrowed > 0)
            {
                descriptors[--borrowed].DangerousRelease();
            }
        }
    }

    /// <summary>Waits for one packet with at most one descriptor, which goes into <paramref name="descriptor"/>. Returns 0 at the end.</summary>
    internal static int Receive(SafeHandle socket, Span<byte> buffer, SafeFd descriptor)
    {
        byte* control = stackalloc byte[sizeof(Sys.cmsghdr) + 8];
        using var fd = new Borrow(socket);
        fixed (byte* target = buffer)
        {
            var vector = new Sys.iovec { iov_base = target, iov_len = (nuint)buffer.Length };
            var message = new Sys.msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)(sizeof(Sys.cmsghdr) + 8) };
            nint received;
            do
            {
                received = Sys.recvmsg(fd.Fd, &message, Sys.MSG_CMSG_CLOEXEC);
            }
            while (received < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
            var header = (Sys.cmsghdr*)control;
            if (received > 0 && message.msg_controllen > (nuint)sizeof(Sys.cmsghdr) && header->cmsg_type == Sys.SCM_RIGHTS)
            {
                descriptor.Take(*(int*)(control + sizeof(Sys.cmsghdr)), "recvmsg");
            }

            return received < 0 ? 0 : (int)received;
        }
    }
}
