// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Init.Stages;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>PID 1 of a container: builds the container's view, forks the payload, reaps, and reports the payload's end.</summary>
internal static unsafe class ContainerInit
{
    /// <summary>Never returns.</summary>
    internal static void Run(ref ReceivedRequest request)
    {
        int control = request.Descriptors[0];
        Failure.SendTo(control);
        var plan = new PlanReader(ref request);
        byte* name = plan.Text();
        Failure.FailAt(request.FailStage, request.FailErrno);
        bool waits = plan.Number() != 0;
        _ = Sys.prctl(Sys.PR_SET_NAME, (nint)name, 0, 0, 0);
        DieWithLauncher(control);
        if (waits)
        {
            AwaitRuntime(control);
        }

        int namespaces = NamespaceStage.Enter(ref plan);
        PlanReader payloadPlan = plan.Section();

        // From here on two processes share the work: the payload drops its privileges while init builds the root.
        Failure.Enter(LaunchStage.ForkPayload);
        byte* page = (byte*)Sys.mmap(null, (nuint)Failure.MaxLength, Sys.PROT_READ | Sys.PROT_WRITE, Sys.MAP_SHARED | Sys.MAP_ANONYMOUS, -1, 0);
        Failure.Check(page == (byte*)-1 ? -1 : 0, LaunchStage.ForkPayload);
        int* report = stackalloc int[2];
        int* go = stackalloc int[2];
        Failure.Check(Sys.pipe2(report, Sys.O_CLOEXEC), LaunchStage.ForkPayload);
        Failure.Check(Sys.pipe2(go, Sys.O_CLOEXEC), LaunchStage.ForkPayload);
        int payload = Failure.Check(Sys.fork(), LaunchStage.ForkPayload);
        if (payload == 0)
        {
            Failure.WriteTo(page);
            _ = Sys.close(go[1]);
            Payload.Run(ref payloadPlan, page, control, namespaces, go[0], report[1]);
        }

        _ = Sys.close(report[1]);
        RootStage.Build(ref plan);
        byte proceed = 0;
        _ = Sys.write(go[1], &proceed, 1); // a payload that is gone has said why

        CgroupStage.Join(control, 0);
        InitPrivileges.Drop(ref payloadPlan, control, report[0]);
        DieWithLauncher(control);
        InitFilter.Load();
        AwaitExecve(control, report[0], page);
        Supervise(control, payload);
    }

    /// <summary>Dies with the launcher. If that is gone already, so is the runtime, and its end of the socket says so.</summary>
    private static void DieWithLauncher(int control)
    {
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, Sys.SIGKILL, 0, 0, 0);
        byte peeked;
        if (Sys.recv(control, &peeked, 1, Sys.MSG_PEEK | Sys.MSG_DONTWAIT) == 0)
        {
            Sys._exit(0);
        }
    }

    /// <summary>Waits until debug tools are attached: what is forked from here on is traced from its first instruction.</summary>
    private static void AwaitRuntime(int control)
    {
        byte go;
        nint received;
        do
        {
            received = Sys.recv(control, &go, 1, 0);
        }
        while (received < 0);
        if (received == 0)
        {
            Sys._exit(0); // the runtime gave this launch up, or is gone
        }
    }

    /// <summary>The pipe's other end closes when <c>execve</c> succeeds or the payload ends; the page tells which.</summary>
    private static void AwaitExecve(int control, int pipe, byte* page)
    {
        byte none;
        while (Sys.read(pipe, &none, 1) < 0)
        {
        }

        _ = Sys.close(pipe);
        var report = (InitMessage*)page;
        switch (report->Kind)
        {
            case InitMessage.Failed:
                _ = Sys.send(control, page, (nuint)report->Value, Sys.MSG_NOSIGNAL);
                Sys._exit(1);
                break;
            case InitMessage.Started:
                if (Sys.send(control, page, (nuint)sizeof(InitMessage), Sys.MSG_NOSIGNAL) < 0)
                {
                    // The runtime gave this launch up meanwhile: nobody may run that it does not know.
                    Sys._exit(0);
                }

                break;
            default:
                // It was killed on its way.
                Failure.Report(report->Stage, (int)Errno.ECANCELED, null);
                break;
        }
    }

    private static void Supervise(int control, int payload)
    {
        int status;
        int pid;
        do
        {
            pid = Sys.waitpid(-1, &status, 0);
        }
        while (pid != payload);

        var message = new InitMessage { Kind = InitMessage.Exited, Value = status };
        _ = Sys.send(control, &message, (nuint)sizeof(InitMessage), Sys.MSG_NOSIGNAL);

        // With PID 1 gone the kernel ends whatever else runs in the namespace.
        Sys._exit(0);
    }
}
