// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>Forks an init into a new PID namespace.</summary>
internal static unsafe class Forker
{
    /// <summary>Answers a request with a new init.</summary>
    internal static LaunchReply Fork(ref LauncherState state, ref ReceivedRequest request, out int pidFd)
    {
        pidFd = -1;
        int pid = request.IntoCgroup ? ForkInto(request.Cgroup) : Fork(ref state);
        if (pid == 0)
        {
            ContainerInit.Run(ref state, ref request);
        }

        // No child is reaped between the fork and here, so the number is still init's.
        pidFd = pid < 0 ? -1 : Sys.pidfd_open(pid, 0);
        if (pidFd < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            _ = pid < 0 ? 0 : Sys.kill(pid, Sys.SIGKILL);
            return new LaunchReply { Id = request.Id, Kind = LaunchReply.Failed, Stage = LaunchStage.Fork, Errno = errno };
        }

        return new LaunchReply { Id = request.Id, Kind = LaunchReply.Forked, Pid = pid };
    }

    /// <summary>Returns as fork(2) does; the child is PID 1 of a new namespace and in a cgroup, which to join later waits for a grace period of the whole machine.</summary>
    private static int ForkInto(int cgroup)
    {
        var arguments = new Sys.clone_args
        {
            flags = Sys.CLONE_NEWPID | Sys.CLONE_INTO_CGROUP,
            exit_signal = Sys.SIGCHLD,
            cgroup = (ulong)cgroup,
        };
        return Sys.clone3(&arguments);
    }

    /// <summary>Returns as fork(2) does; the child is PID 1 of a new namespace.</summary>
    internal static int Fork(ref LauncherState state)
    {
        if (Sys.unshare(Sys.CLONE_NEWPID) < 0)
        {
            return -1;
        }

        int pid = Sys.fork();
        if (pid == 0)
        {
            return 0;
        }

        int errno = Marshal.GetLastPInvokeError();

        // Back to the own namespace, or the next fork would join the container's.
        if (Sys.setns(state.OwnPidNamespace, Sys.CLONE_NEWPID) < 0)
        {
            errno = pid < 0 ? errno : Marshal.GetLastPInvokeError();
            _ = pid < 0 ? 0 : Sys.kill(pid, Sys.SIGKILL);
            pid = -1;
        }

        Marshal.SetLastPInvokeError(errno);
        return pid;
    }
}
