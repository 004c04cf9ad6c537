// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>Forks an init into a new PID namespace.</summary>
internal static unsafe class Forker
{
    internal static LaunchReply Fork(ref LauncherState state, ref ReceivedRequest request, out int pidFd)
    {
        pidFd = -1;
        if (Sys.unshare(Sys.CLONE_NEWPID) < 0)
        {
            return Failure(request.Id);
        }

        int pid = Sys.fork();
        if (pid == 0)
        {
            ContainerInit.Run(ref request);
        }

        int errno = Marshal.GetLastPInvokeError();

        // Back to the own namespace, or the next fork would join the container's.
        if (Sys.setns(state.OwnPidNamespace, Sys.CLONE_NEWPID) < 0 || pid < 0)
        {
            LaunchReply failure = Failure(request.Id);
            failure.Errno = pid < 0 ? errno : failure.Errno;
            return failure;
        }

        // No child is reaped between the fork and here, so the number is still init's.
        pidFd = Sys.pidfd_open(pid, 0);
        if (pidFd < 0)
        {
            LaunchReply failure = Failure(request.Id);
            _ = Sys.kill(pid, Sys.SIGKILL);
            return failure;
        }

        return new LaunchReply { Id = request.Id, Kind = LaunchReply.Forked, Pid = pid };
    }

    private static LaunchReply Failure(ulong id) =>
        new() { Id = id, Kind = LaunchReply.Failed, Stage = LaunchStage.Fork, Errno = Marshal.GetLastPInvokeError() };
}
