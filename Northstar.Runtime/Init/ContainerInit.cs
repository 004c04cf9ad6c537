// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Init.Stages;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>PID 1 of a container: builds the container's view, forks the payload, reaps, and reports the payload's end.</summary>
internal static unsafe class ContainerInit
{
    /// <summary>Carries out a request that is there. Never returns.</summary>
    internal static void Run(ref LauncherState state, ref ReceivedRequest request)
    {
        Failure.FailAt(request.FailStage, request.FailErrno);
        PlanReader plan = Open(ref request, out int control, out byte* host, out int network);
        DieWithLauncher(state.PidFd);
        if (request.Waits)
        {
            AwaitRuntime(control);
        }

        NamespaceStage.LeaveSession();
        NamespaceStage.JoinNetwork(network);
        NamespaceStage.Unshare((int)request.Namespaces);
        NamespaceStage.SetHostName(host);
        PayloadProcess payload = PayloadProcess.Fork();
        if (payload.Pid == 0)
        {
            PlanReader own = plan.Section();
            Payload.Run(ref own, ref payload, control, (int)request.Namespaces);
        }

        Complete(ref state, ref plan, control, ref payload);
    }

    /// <summary>Prepares everything that needs no request, then waits for one. Never returns.</summary>
    /// <param name="state">The launcher's.</param>
    /// <param name="namespaces">The namespaces beside PID: CLONE_NEW* flags.</param>
    /// <param name="initSocket">Brings the request.</param>
    /// <param name="payloadSocket">Brings it to the payload.</param>
    internal static void RunAhead(ref LauncherState state, int namespaces, int initSocket, int payloadSocket)
    {
        fixed (byte* spare = "northstar-spare\0"u8)
        {
            _ = Sys.prctl(Sys.PR_SET_NAME, (nint)spare, 0, 0, 0);
        }

        DieWithLauncher(state.PidFd);
        NamespaceStage.LeaveSession();
        NamespaceStage.Unshare(namespaces);
        PayloadProcess payload = PayloadProcess.Fork();
        if (payload.Pid == 0)
        {
            _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, Sys.SIGKILL, 0, 0, 0);
            _ = Sys.close(initSocket);
            ReceivedRequest mine = Await(ref state, payloadSocket);
            PlanReader rest = Open(ref mine, out int socket, out _, out int joined);
            NamespaceStage.JoinNetwork(joined);
            PlanReader own = rest.Section();
            Payload.Run(ref own, ref payload, socket, (int)mine.Namespaces);
        }

        _ = Sys.close(payloadSocket);
        ReceivedRequest request = Await(ref state, initSocket);
        PlanReader plan = Open(ref request, out int control, out byte* host, out int network);
        NamespaceStage.JoinNetwork(network);
        NamespaceStage.SetHostName(host);
        Complete(ref state, ref plan, control, ref payload);
    }

    /// <summary>What comes when the payload is forked: from there on two processes share the work, and the payload drops its privileges while init builds the root.</summary>
    private static void Complete(ref LauncherState state, ref PlanReader plan, int control, ref PayloadProcess payload)
    {
        PlanReader payloadPlan = plan.Section();
        RootStage.Build(ref plan);
        byte proceed = 0;
        _ = Sys.write(payload.Go, &proceed, 1); // a payload that is gone has said why

        CgroupStage.Join(control, 0);
        InitPrivileges.Drop(ref payloadPlan);
        DieWithLauncher(state.PidFd); // the change of uid has cleared this
        InitPrivileges.Close(control, payload.Report);
        InitFilter.Load();
        AwaitExecve(control, payload.Report, payload.Page);
        Supervise(control, payload.Pid);
    }

    /// <summary>Waits for the request of a spare. The launcher's end is its own.</summary>
    private static ReceivedRequest Await(ref LauncherState state, int socket)
    {
        RequestReceiver.Result result;
        ReceivedRequest request;
        do
        {
            result = RequestReceiver.Receive(socket, state.Buffer, out request);
        }
        while (result == RequestReceiver.Result.Failed && request.Errno == (int)Errno.EINTR);
        if (result != RequestReceiver.Result.Request)
        {
            Sys._exit(0);
        }

        _ = Sys.close(socket);
        Failure.FailAt(request.FailStage, request.FailErrno);
        return request;
    }

    /// <summary>Opens the plan, and takes what both processes begin with: the process name, the container's socket, the host name, the network namespace to join or -1.</summary>
    private static PlanReader Open(ref ReceivedRequest request, out int control, out byte* host, out int network)
    {
        control = request.Descriptors[0];
        Failure.SendTo(control);
        if (!RequestReceiver.ReadPlan(ref request))
        {
            Failure.Report(LaunchStage.Receive, (int)Errno.EBADMSG, null);
        }

        var plan = new PlanReader(ref request);
        _ = Sys.prctl(Sys.PR_SET_NAME, (nint)plan.Text(), 0, 0, 0);
        host = plan.Text();
        network = plan.Descriptor();
        return plan;
    }

    /// <summary>Dies with the launcher, whose pidfd tells whether it has ended before.</summary>
    private static void DieWithLauncher(int launcher)
    {
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, Sys.SIGKILL, 0, 0, 0);
        var ended = new Sys.pollfd { fd = launcher, events = Sys.POLLIN };
        if (Sys.poll(&ended, 1, 0) != 0)
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
