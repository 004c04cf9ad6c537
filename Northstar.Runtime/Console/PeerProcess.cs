// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Console;

/// <summary>The process at the other end of a Unix socket, as a descriptor that never means another process.</summary>
internal static unsafe class PeerProcess
{
    /// <summary>
    /// Tells whether the process that connected has ended, so that its number may be another's. A kernel before 6.5 cannot tell: false.
    /// </summary>
    internal static bool IsGone(Socket socket)
    {
        using var fd = new Borrow(socket.SafeHandle);
        int pidfd = -1;
        uint length = sizeof(int);
        if (Sys.getsockopt(fd.Fd, Sys.SOL_SOCKET, Sys.SO_PEERPIDFD, &pidfd, &length) < 0)
        {
            // ESRCH or EINVAL: it was waited for, and there is nothing left to refer to.
            return System.Runtime.InteropServices.Marshal.GetLastPInvokeError() is (int)Errno.ESRCH or (int)Errno.EINVAL;
        }

        using var process = new PidFd();
        process.Take(pidfd, "getsockopt", "SO_PEERPIDFD");
        return process.HasEnded;
    }
}
