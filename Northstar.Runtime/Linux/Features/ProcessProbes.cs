// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Asks for namespaces, filters and what else belongs to processes.</summary>
internal static unsafe class ProcessProbes
{
    /// <summary>Makes a namespace for a thread that ends right after.</summary>
    internal static string? Namespace(int flag) => OnThread(() => HostCheck.Why(Sys.unshare(flag), "unshare"));

    internal static string? Keyrings() => OnThread(static () => HostCheck.WhyAbsent(Sys.keyctl_join_session_keyring(), "keyctl"));

    internal static string? Seccomp()
    {
        uint kill = 0x80000000, errno = 0x00050000; // SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO
        return HostCheck.Why(Sys.seccomp(Sys.SECCOMP_GET_ACTION_AVAIL, 0, (Sys.sock_fprog*)&kill), "seccomp")
            ?? HostCheck.Why(Sys.seccomp(Sys.SECCOMP_GET_ACTION_AVAIL, 0, (Sys.sock_fprog*)&errno), "seccomp");
    }

    internal static string? CloseRange()
    {
        const uint CloseOnExec = 4; // CLOSE_RANGE_CLOEXEC
        return HostCheck.Why(Sys.close_range(uint.MaxValue, uint.MaxValue, CloseOnExec), "close_range");
    }

    internal static string? PidFd() => WithPidFd(static (_, fd) => HostCheck.Why(Sys.pidfd_send_signal(fd, 0, 0), "pidfd_send_signal"));

    internal static string? Identity() => WithPidFd(static (self, _) => Cgroups.ProcessIdentity.Of(self) is null ? "no pidfs" : null);

    internal static string? GroupSignal() => WithPidFd(static (_, fd) =>
        HostCheck.WhyAbsent(Sys.pidfd_send_signal(fd, 0, Sys.PIDFD_SIGNAL_PROCESS_GROUP), "pidfd_send_signal", Errno.EINVAL));

    /// <summary>Tells whether real-time processes leave others a part of each second (sched(7)).</summary>
    internal static string? RealtimeThrottling() => RealtimeThrottling("/proc/sys/kernel/sched_rt_runtime_us");

    /// <summary>Tells it of a file like the kernel's.</summary>
    internal static string? RealtimeThrottling(string file) => ReadOrNothing(file) == "-1" ? $"{file} is -1" : null;

    /// <summary>Tells whether crashes stay in files (core(5)): a program gets the memory whatever limit the process has.</summary>
    internal static string? CoreFiles() => CoreFiles("/proc/sys/kernel/core_pattern");

    /// <summary>Tells it of a file like the kernel's.</summary>
    internal static string? CoreFiles(string file) => ReadOrNothing(file) is ['|', ..] and var program ? $"{file} names a program: {program}" : null;

    private static string ReadOrNothing(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string? WithPidFd(Func<PidFd, int, string?> probe)
    {
        using var pidFd = new PidFd();
        pidFd.Take(Sys.pidfd_open(Sys.getpid(), 0), "pidfd_open");
        using var fd = new Borrow(pidFd);
        return probe(pidFd, fd.Fd);
    }

    /// <summary>Namespaces and keyrings belong to a thread: what it takes on goes with it.</summary>
    private static string? OnThread(Func<string?> probe)
    {
        string? problem = null;
        var thread = new Thread(() => problem = probe(), 128 * 1024) { IsBackground = true, Name = "northstar-check" };
        thread.Start();
        thread.Join();
        return problem;
    }
}
