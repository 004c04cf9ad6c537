// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>
/// The launcher: one thread that takes launch requests from the runtime on descriptor 3 and forks one init for each. The end of that
/// socket means that the runtime is gone: the launcher exits, and the parent-death signal takes every init with it. Started with
/// <see cref="ToolMessage.Word"/> it runs one debug tool instead, with <see cref="UserNamespaceMessage.Word"/> it holds a user namespace.
/// </summary>
internal static unsafe class Program
{
    /// <summary>The runtime's socket.</summary>
    internal const int RuntimeSocket = 3;

    private const int UsageError = 2;

    /// <param name="arguments">None; a test gives the error number that the start fails with.</param>
    private static int Main(string[] arguments)
    {
        // Started by hand there is no socket.
        int type;
        if (Sys.fcntl(RuntimeSocket, Sys.F_GETFD, 0) < 0 || Sys.fcntl(RuntimeSocket, Sys.F_SETFD, Sys.FD_CLOEXEC) < 0)
        {
            ReadOnlySpan<byte> usage = "northstar-init is started by the Northstar runtime, not by hand\n"u8;
            fixed (byte* text = usage)
            {
                type = (int)Sys.write(2, text, (nuint)usage.Length);
            }

            return UsageError;
        }

        if (arguments is [ToolMessage.Word, _, _, ..])
        {
            return ToolRunner.Run(RuntimeSocket, arguments.AsSpan(1));
        }

        if (arguments is [UserNamespaceMessage.Word])
        {
            return UserNamespaceHolder.Run(RuntimeSocket);
        }

        // The first calls of everything a child may need run here, so that no child pays for their initialisation.
        LaunchStage stage = LauncherSetup.Run(out LauncherState state);
        int errno = Marshal.GetLastPInvokeError();
        if (arguments is [string fault] && int.TryParse(fault, out int planned))
        {
            (stage, errno) = (LaunchStage.Launcher, planned);
        }

        if (stage != LaunchStage.None)
        {
            Reply(new LaunchReply { Kind = LaunchReply.Failed, Stage = stage, Errno = errno }, -1);
            return 1;
        }

        Reply(new LaunchReply { Kind = LaunchReply.Ready, Pid = Sys.getpid() }, -1);
        return Serve(ref state);
    }

    private static int Serve(ref LauncherState state)
    {
        Sys.pollfd* polled = stackalloc Sys.pollfd[2];
        polled[0] = new Sys.pollfd { fd = RuntimeSocket, events = Sys.POLLIN };
        polled[1] = new Sys.pollfd { fd = state.SignalFd, events = Sys.POLLIN };
        while (true)
        {
            switch (Sys.poll(polled, 2, Spares.IsDue(ref state) ? Spares.Patience : -1))
            {
                case < 0:
                    continue; // EINTR
                case 0:
                    Spares.Prepare(ref state);
                    continue;
            }

            if (polled[0].revents != 0 && !ServeOne(ref state))
            {
                return 0;
            }

            if (polled[1].revents != 0)
            {
                Reap(ref state);
            }
        }
    }

    /// <summary>Takes one request. Returns false at the end of the runtime's socket.</summary>
    private static bool ServeOne(ref LauncherState state)
    {
        RequestReceiver.Result result = RequestReceiver.Receive(RuntimeSocket, state.Buffer, out ReceivedRequest request);
        switch (result)
        {
            case RequestReceiver.Result.EndOfStream:
                return false;
            case RequestReceiver.Result.Failed:
                Reply(new LaunchReply { Id = request.Id, Kind = LaunchReply.Failed, Stage = LaunchStage.Receive, Errno = request.Errno }, -1);
                break;
            case RequestReceiver.Result.Request when request.Kill != 0:
                Kill(request.Kill);
                break;
            case RequestReceiver.Result.Request when IsFaulty(ref request, LaunchStage.Receive) || IsFaulty(ref request, LaunchStage.Fork):
                Reply(new LaunchReply { Id = request.Id, Kind = LaunchReply.Failed, Stage = request.FailStage, Errno = request.FailErrno }, -1);
                break;
            default:
                if (!Spares.TryHandOver(ref state, ref request, out LaunchReply reply, out int pidFd))
                {
                    reply = Forker.Fork(ref state, ref request, out pidFd);
                }

                Reply(reply, pidFd);
                if (pidFd >= 0)
                {
                    _ = Sys.close(pidFd);
                }

                break;
        }

        request.Release();
        return true;
    }

    /// <summary>Kills a child, and nobody else: its number is its own until <see cref="Reap"/>.</summary>
    private static void Kill(int pid)
    {
        byte* siginfo = stackalloc byte[128];
        if (pid > 0 && Sys.waitid(Sys.P_PID, pid, siginfo, Sys.WEXITED | Sys.WNOHANG | Sys.WNOWAIT) == 0)
        {
            _ = Sys.kill(pid, Sys.SIGKILL);
        }
    }

    /// <summary>Tells whether the request wants a step of the launcher to fail, for tests. One that shall stand still does.</summary>
    private static bool IsFaulty(ref ReceivedRequest request, LaunchStage stage)
    {
        if (request.FailStage == stage && request.FailErrno == 0)
        {
            Failure.StandStill();
        }

        return request.FailStage == stage;
    }

    private static void Reap(ref LauncherState state)
    {
        byte* siginfo = stackalloc byte[128];
        while (Sys.read(state.SignalFd, siginfo, 128) > 0)
        {
        }

        int status;
        int pid;
        while ((pid = Sys.waitpid(-1, &status, Sys.WNOHANG)) > 0)
        {
            if (!Spares.Forget(ref state, pid))
            {
                Reply(new LaunchReply { Kind = LaunchReply.Reaped, Pid = pid, Status = status }, -1);
            }
        }
    }

    private static void Reply(LaunchReply reply, int pidFd) => DescriptorMessage.Send(RuntimeSocket, &reply, sizeof(LaunchReply), pidFd);
}
