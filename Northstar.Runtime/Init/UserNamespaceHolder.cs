// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>Holds a user namespace for the runtime, which writes its maps and opens it. The runtime has many threads and cannot enter one.</summary>
internal static unsafe class UserNamespaceHolder
{
    /// <summary>Stays until the runtime lets go. Returns the exit code of this process.</summary>
    internal static int Run(int socket)
    {
        int errno = Sys.unshare(Sys.CLONE_NEWUSER) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Sys.send(socket, &errno, sizeof(int), Sys.MSG_NOSIGNAL);
        byte end;
        return Sys.recv(socket, &end, 1, 0) == 0 ? 0 : 1;
    }
}
