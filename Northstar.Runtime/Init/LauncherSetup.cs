// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>The launcher's start: signals, its own mount namespace with a tiny root, the prepared sources of mounts.</summary>
internal static unsafe class LauncherSetup
{
    private const int LastSignal = 64;

    /// <summary>Returns the failed step with errno set, or <see cref="LaunchStage.None"/>.</summary>
    internal static LaunchStage Run(out LauncherState state)
    {
        state = new LauncherState { Buffer = (byte*)NativeMemory.Alloc((nuint)RequestReceiver.BufferLength) };

        // The runtime started us with these signals blocked, in every thread. Handlers of the language runtime go: what a container
        // sends to its init finds none, and is ignored by the kernel. An ignored signal would outlive execve.
        for (int signal = 1; signal <= LastSignal; signal++)
        {
            _ = Sys.signal_default(signal);
        }

        var mask = new Sys.sigset_t { bits = 1ul << (Sys.SIGCHLD - 1) };
        state.PidFd = Sys.pidfd_open(Sys.getpid(), 0);
        state.SignalFd = Sys.signalfd(-1, &mask, Sys.SFD_CLOEXEC | Sys.SFD_NONBLOCK);
        fixed (byte* pid = "/proc/self/ns/pid\0"u8, name = "northstar-fork\0"u8)
        {
            state.OwnPidNamespace = Sys.open(pid, Sys.O_RDONLY | Sys.O_CLOEXEC, 0);
            _ = Sys.prctl(Sys.PR_SET_NAME, (nint)name, 0, 0, 0);
        }

        bool ready = state.PidFd >= 0
            && state.SignalFd >= 0
            && state.OwnPidNamespace >= 0
            && Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
            && TinyRoot.Enter();
        return ready ? LaunchStage.None : LaunchStage.Launcher;
    }
}
