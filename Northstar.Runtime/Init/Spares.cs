// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>
/// Keeps an init ready for the next launch, so that no launch waits for forks and namespaces. There is one of each kind that was
/// launched before: with a network namespace of its own, and without.
/// </summary>
/// <remarks>
/// A spare knows nothing of any container, and holds nothing but its two sockets. One that cannot be made is no failure: the next launch
/// forks by itself, and says what is wrong.
/// </remarks>
internal static unsafe class Spares
{
    /// <summary>How long the launcher is idle before it makes a spare, in milliseconds: the launch at hand comes first.</summary>
    internal const int Patience = 3;

    /// <summary>Tells whether one is to be made.</summary>
    internal static bool IsDue(ref LauncherState state) => state.OwnNetwork.IsDue || state.SharedNetwork.IsDue;

    /// <summary>Hands a request to the spare of its kind. Returns false when there is none, or none that would do.</summary>
    internal static bool TryHandOver(ref LauncherState state, ref ReceivedRequest request, out LaunchReply reply, out int pidFd)
    {
        reply = default;
        pidFd = -1;

        // What is born in its cgroup cannot be born ahead of it.
        if (request.IntoCgroup)
        {
            return false;
        }

        ref SpareInit spare = ref (request.Namespaces & Sys.CLONE_NEWNET) != 0 ? ref state.OwnNetwork : ref state.SharedNetwork;
        spare.IsDue = true;

        // A tool that is attached to init sees what init forks; a test may want a step to fail that a spare has behind it.
        if (spare.Pid == 0 || request.Waits
            || request.FailStage is LaunchStage.Session or LaunchStage.Network or LaunchStage.Namespaces or LaunchStage.ForkPayload)
        {
            return false;
        }

        bool taken = DescriptorMessage.Forward(spare.Payload, ref request) && DescriptorMessage.Forward(spare.Init, ref request);
        if (taken)
        {
            reply = new LaunchReply { Id = request.Id, Kind = LaunchReply.Forked, Pid = spare.Pid };
            pidFd = spare.PidFd;
            spare.PidFd = -1;
        }

        // One that did not take it has ended, or does so at the end of its socket.
        Release(ref spare);
        spare.IsDue = true;
        return taken;
    }

    /// <summary>Makes what is due.</summary>
    internal static void Prepare(ref LauncherState state)
    {
        Prepare(ref state, ref state.OwnNetwork, Sys.CLONE_NEWNET);
        Prepare(ref state, ref state.SharedNetwork, 0);
    }

    /// <summary>Forgets a spare that ended before it was used. Returns false when it was none.</summary>
    internal static bool Forget(ref LauncherState state, int pid) => Forget(ref state.OwnNetwork, pid) || Forget(ref state.SharedNetwork, pid);

    private static bool Forget(ref SpareInit spare, int pid)
    {
        if (pid != spare.Pid)
        {
            return false;
        }

        Release(ref spare);
        return true;
    }

    private static void Prepare(ref LauncherState state, ref SpareInit spare, int network)
    {
        if (!spare.IsDue)
        {
            return;
        }

        spare.IsDue = false;
        int* init = stackalloc int[2];
        int* payload = stackalloc int[2];
        if (spare.Pid != 0 || Sys.socketpair(Sys.AF_UNIX, Sys.SOCK_SEQPACKET | Sys.SOCK_CLOEXEC, 0, init) < 0)
        {
            return;
        }

        if (Sys.socketpair(Sys.AF_UNIX, Sys.SOCK_SEQPACKET | Sys.SOCK_CLOEXEC, 0, payload) == 0)
        {
            int pid = Forker.Fork(ref state);
            if (pid == 0)
            {
                _ = Sys.close(init[0]);
                _ = Sys.close(payload[0]);
                LeaveLauncher(ref state);
                ContainerInit.RunAhead(ref state, Sys.CLONE_NEWNS | Sys.CLONE_NEWIPC | Sys.CLONE_NEWUTS | network, init[1], payload[1]);
            }

            _ = Sys.close(payload[1]);
            spare = new SpareInit { Pid = pid, PidFd = pid < 0 ? -1 : Sys.pidfd_open(pid, 0), Init = init[0], Payload = payload[0] };
            if (spare.PidFd < 0)
            {
                Release(ref spare); // a child ends with its socket
            }
        }
        else
        {
            _ = Sys.close(init[0]);
        }

        _ = Sys.close(init[1]);
    }

    /// <summary>A spare may wait for long: it holds nothing that is the launcher's.</summary>
    private static void LeaveLauncher(ref LauncherState state)
    {
        _ = Sys.close(Program.RuntimeSocket);
        _ = Sys.close(state.SignalFd);
        _ = Sys.close(state.OwnPidNamespace);
        Release(ref state.OwnNetwork);
        Release(ref state.SharedNetwork);
    }

    private static void Release(ref SpareInit spare)
    {
        if (spare.Pid != 0)
        {
            _ = Sys.close(spare.Init);
            _ = Sys.close(spare.Payload);
            _ = spare.PidFd < 0 ? 0 : Sys.close(spare.PidFd);
            spare = default;
        }
    }
}
