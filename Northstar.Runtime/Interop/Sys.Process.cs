// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Processes: fork(2), execve(2), waitpid(2), pidfd_open(2), signals.</summary>
internal static unsafe partial class Sys
{
    internal const int WNOHANG = 1;
    internal const int WEXITED = 4;
    internal const int WNOWAIT = 0x01000000;
    internal const int P_PID = 1;
    internal const int SIGHUP = 1;
    internal const int SIGINT = 2;
    internal const int SIGQUIT = 3;
    internal const int SIGBUS = 7;
    internal const int SIGKILL = 9;
    internal const int SIGPIPE = 13;
    internal const int SIGTERM = 15;
    internal const int SIGCHLD = 17;
    internal const int SIG_SETMASK = 2;
    internal const int SFD_CLOEXEC = 0x80000;
    internal const int SFD_NONBLOCK = 0x800;
    internal const uint PIDFD_SIGNAL_PROCESS_GROUP = 4;

    /// <summary>The C library's sigset_t: 1024 bits, of which the kernel has 64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct sigset_t
    {
        internal ulong bits;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct pollfd
    {
        internal int fd;
        internal short events;
        internal short revents;
    }

    internal const short POLLIN = 1;

    /// <summary>What clone3(2) takes. Without a stack the child goes on with a copy of the caller's, as after fork(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct clone_args
    {
        internal ulong flags;
        internal ulong pidfd;
        internal ulong child_tid;
        internal ulong parent_tid;
        internal ulong exit_signal;
        internal ulong stack;
        internal ulong stack_size;
        internal ulong tls;
        internal ulong set_tid;
        internal ulong set_tid_size;
        internal ulong cgroup;
    }

    /// <summary>The kernel's struct sigaction: handler, flags, restorer, mask; 0 is SIG_DFL.</summary>
    private const int KernelSigactionSize = 32;

    /// <summary>Gives a signal its usual effect. Not by the C library, which keeps two of them to itself.</summary>
    internal static int signal_default(int signal)
    {
        byte* action = stackalloc byte[KernelSigactionSize];
        new Span<byte>(action, KernelSigactionSize).Clear();
        return (int)syscall(SYS_rt_sigaction, signal, (nint)action, 0, sizeof(ulong), 0, 0);
    }

    internal static int clone3(clone_args* arguments) => (int)syscall(SYS_clone3, (nint)arguments, sizeof(clone_args), 0, 0, 0, 0);

    internal static int pidfd_open(int pid, uint flags) => (int)syscall(SYS_pidfd_open, pid, (nint)flags, 0, 0, 0, 0);

    internal static int pidfd_send_signal(int pidfd, int signal, uint flags) =>
        (int)syscall(SYS_pidfd_send_signal, pidfd, signal, 0, (nint)flags, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fork();

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int execve(byte* path, byte** argv, byte** envp);

    [LibraryImport(Libraries.C)]
    internal static partial void _exit(int status);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int waitid(int idtype, int id, byte* siginfo, int options);

    [LibraryImport(Libraries.C)]
    internal static partial int getpid();

    [LibraryImport(Libraries.C)]
    internal static partial int getppid();

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int setsid();

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int sigprocmask(int how, sigset_t* set, sigset_t* old);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int signalfd(int fd, sigset_t* mask, int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint count, int timeout);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int chdir(byte* path);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fchdir(int fd);

    /// <summary>The plain call: returns the length with the NUL; outside of the root the path begins with <c>(unreachable)</c>.</summary>
    internal static int getcwd(byte* buffer, nuint size) => (int)syscall(SYS_getcwd, (nint)buffer, (nint)size, 0, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int sethostname(byte* name, nuint length);
}
