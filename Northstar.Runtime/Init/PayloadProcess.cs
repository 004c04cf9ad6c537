// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>What connects init and payload, as each of them holds it.</summary>
internal unsafe struct PayloadProcess
{
    /// <summary>Process id in the container; 0 in the payload itself.</summary>
    internal int Pid;

    /// <summary>A page that both share: the payload writes how far it came.</summary>
    internal byte* Page;

    /// <summary>An end of the pipe on which init says that the root is complete.</summary>
    internal int Go;

    /// <summary>An end of the pipe that ends when the payload calls <c>execve</c> or is gone.</summary>
    internal int Report;

    /// <summary>Forks; returns in both processes. Failures of the child go to the page.</summary>
    internal static PayloadProcess Fork()
    {
        Failure.Enter(LaunchStage.ForkPayload);
        byte* page = (byte*)Sys.mmap(null, (nuint)Failure.MaxLength, Sys.PROT_READ | Sys.PROT_WRITE, Sys.MAP_SHARED | Sys.MAP_ANONYMOUS, -1, 0);
        Failure.Check(page == (byte*)-1 ? -1 : 0, LaunchStage.ForkPayload);
        int* report = stackalloc int[2];
        int* go = stackalloc int[2];
        Failure.Check(Sys.pipe2(report, Sys.O_CLOEXEC), LaunchStage.ForkPayload);
        Failure.Check(Sys.pipe2(go, Sys.O_CLOEXEC), LaunchStage.ForkPayload);
        int pid = Failure.Check(Sys.fork(), LaunchStage.ForkPayload);
        if (pid == 0)
        {
            Failure.WriteTo(page);
        }

        // Init reads report and writes go, the payload has the other ends.
        int end = pid == 0 ? 1 : 0;
        _ = Sys.close(report[1 - end]);
        _ = Sys.close(go[end]);
        return new PayloadProcess { Pid = pid, Page = page, Go = go[1 - end], Report = report[end] };
    }
}
