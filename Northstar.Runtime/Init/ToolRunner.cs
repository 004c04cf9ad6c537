// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>
/// Runs one debug tool beside the runtime, in the host's namespaces: the program ends with the runtime's socket, with this process, and
/// when the runtime says so, and everything that it started ends with it.
/// </summary>
/// <remarks>A process of its own with one thread: the parent-death signal of a child of the runtime would come when a thread of the runtime ends.</remarks>
internal static unsafe class ToolRunner
{
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Runs a tool until it and all that it started are gone. Returns the exit code of this process.</summary>
    /// <param name="socket">The runtime's socket, also closed by <c>execve</c>.</param>
    /// <param name="arguments">The program and its arguments, argument 0 included.</param>
    internal static int Run(int socket, ReadOnlySpan<string> arguments)
    {
        _ = Sys.signal_default(Sys.SIGPIPE);
        _ = Sys.prctl(Sys.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        var mask = new Sys.sigset_t { bits = 1ul << (Sys.SIGCHLD - 1) };
        int ended = Sys.signalfd(-1, &mask, Sys.SFD_CLOEXEC | Sys.SFD_NONBLOCK);
        fixed (byte* name = "northstar-tool\0"u8)
        {
            _ = Sys.prctl(Sys.PR_SET_NAME, (nint)name, 0, 0, 0);
        }

        int child = Start(arguments, out int errno);
        if (child < 0 || ended < 0)
        {
            Send(socket, ToolMessage.Failed, errno);
            return 1;
        }

        Send(socket, ToolMessage.Started, child);
        Serve(socket, ended, child);
        return 0;
    }

    private static int Start(ReadOnlySpan<string> arguments, out int errno)
    {
        byte** argv = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Length, (nuint)sizeof(byte*));
        for (int i = 1; i < arguments.Length; i++)
        {
            argv[i - 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        byte* program = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[0]);
        byte** environment = stackalloc byte*[2] { (byte*)Marshal.StringToCoTaskMemUTF8(SearchPath), null };
        int* report = stackalloc int[2];
        int parent = Sys.getpid();
        int child = Sys.pipe2(report, Sys.O_CLOEXEC) < 0 ? -1 : Sys.fork();
        errno = Marshal.GetLastPInvokeError();
        if (child == 0)
        {
            Execute(program, argv, environment, parent);
            int cause = Marshal.GetLastPInvokeError();
            _ = Sys.write(report[1], &cause, sizeof(int));
            Sys._exit(1);
        }

        if (child < 0)
        {
            return -1;
        }

        // The pipe closes with execve, or says why there was none.
        int failure;
        _ = Sys.close(report[1]);
        bool failed = Sys.read(report[0], &failure, sizeof(int)) > 0;
        _ = Sys.close(report[0]);
        errno = failed ? failure : 0;
        return failed ? -1 : child;
    }

    /// <summary>In the child: returns only when it failed, with errno set.</summary>
    private static void Execute(byte* program, byte** argv, byte** environment, int parent)
    {
        const uint CloseOnExec = 4; // CLOSE_RANGE_CLOEXEC
        _ = Sys.setsid();
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, Sys.SIGKILL, 0, 0, 0);
        if (Sys.getppid() != parent)
        {
            Sys._exit(1);
        }

        var none = default(Sys.sigset_t);
        _ = Sys.sigprocmask(Sys.SIG_SETMASK, &none, null);
        if (Sys.close_range(3, uint.MaxValue, CloseOnExec) == 0)
        {
            _ = Sys.execve(program, argv, environment);
        }
    }

    /// <summary>Passes signals on and reaps. Returns when the runtime let go or no process is left.</summary>
    private static void Serve(int socket, int ended, int child)
    {
        Sys.pollfd* polled = stackalloc Sys.pollfd[2];
        polled[0] = new Sys.pollfd { fd = socket, events = Sys.POLLIN };
        polled[1] = new Sys.pollfd { fd = ended, events = Sys.POLLIN };
        bool isRunning = true;
        while (true)
        {
            if (Sys.poll(polled, 2, -1) < 0)
            {
                continue; // EINTR
            }

            if (polled[1].revents != 0 && !Reap(socket, ended, child, ref isRunning))
            {
                return;
            }

            byte signal = 0;
            if (polled[0].revents != 0)
            {
                if (Sys.recv(socket, &signal, 1, 0) <= 0)
                {
                    EndAll(isRunning ? child : 0);
                    return;
                }

                _ = isRunning ? Sys.kill(-child, signal) : 0;
            }
        }
    }

    /// <summary>Returns false when no child is left.</summary>
    private static bool Reap(int socket, int ended, int child, ref bool isRunning)
    {
        byte* siginfo = stackalloc byte[128];
        while (Sys.read(ended, siginfo, 128) > 0)
        {
        }

        int status;
        int pid;
        while ((pid = Sys.waitpid(-1, &status, Sys.WNOHANG)) > 0)
        {
            if (pid == child)
            {
                isRunning = false;
                Send(socket, ToolMessage.Ended, status);
            }
        }

        return pid == 0;
    }

    /// <summary>Kills the tool and, as their subreaper, whatever it started and left behind.</summary>
    private static void EndAll(int child)
    {
        int status;
        if (child > 0)
        {
            _ = Sys.kill(-child, Sys.SIGKILL);
            _ = Sys.waitpid(child, &status, 0);
        }

        while (KillChildren() && Sys.waitpid(-1, &status, 0) > 0)
        {
        }
    }

    /// <summary>Returns false when there are none, or the kernel does not list them (CONFIG_PROC_CHILDREN).</summary>
    private static bool KillChildren()
    {
        byte* list = stackalloc byte[4096];
        nint length;
        fixed (byte* path = "/proc/thread-self/children\0"u8)
        {
            int file = Sys.open(path, Sys.O_RDONLY | Sys.O_CLOEXEC, 0);
            length = Sys.read(file, list, 4096);
            _ = Sys.close(file);
        }

        int pid = 0;
        for (nint i = 0; i < length; i++)
        {
            if (list[i] is >= (byte)'0' and <= (byte)'9')
            {
                pid = (pid * 10) + list[i] - '0';
            }
            else if (pid > 0)
            {
                _ = Sys.kill(pid, Sys.SIGKILL);
                pid = 0;
            }
        }

        return length > 0;
    }

    private static void Send(int socket, uint kind, int value)
    {
        var message = new ToolMessage { Kind = kind, Value = value };
        _ = Sys.send(socket, &message, (nuint)sizeof(ToolMessage), Sys.MSG_NOSIGNAL);
    }
}
