// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>An init that the launcher forked. Signals go through its pidfd, so that no other process can get them.</summary>
internal sealed class ForkedInit(int pid, PidFd pidFd, Task<int> reaped) : IInitProcess
{
    /// <summary>Init forks the payload first, so this is its number in the container.</summary>
    private const string PayloadPid = "2";

    private const int GroupField = 2; // of those behind "pid (name)": state, parent, group

    /// <summary>Gets a value indicating whether its pidfd has arrived; without a free descriptor it has not.</summary>
    internal bool CanBeSignalled => !pidFd.IsInvalid;

    public int Pid => pid;

    public Task<int> Reaped => reaped;

    public int Signal(int signal)
    {
        using var init = new Borrow(pidFd);
        if (signal == Sys.SIGKILL)
        {
            return Errno(Sys.pidfd_send_signal(init.Fd, signal, 0));
        }

        int result = Sys.pidfd_send_signal(init.Fd, signal, Sys.PIDFD_SIGNAL_PROCESS_GROUP);
        if (result < 0 && Marshal.GetLastPInvokeError() == (int)Interop.Errno.EINVAL)
        {
            // Before Linux 6.9: the group's number belongs to init as long as init lives, which the first call makes sure of.
            result = Sys.pidfd_send_signal(init.Fd, 0, 0);
            result = result < 0 ? result : Sys.kill(-pid, signal);
        }

        int errno = Errno(result);
        if (errno == 0)
        {
            SignalPayloadOutside(signal, init.Fd);
        }

        return errno;
    }

    public void Dispose() => pidFd.Dispose();

    private static int Errno(int result) => result < 0 ? Marshal.GetLastPInvokeError() : 0;

    /// <summary>A payload that has left init's process group (setsid(2), setpgid(2)) gets the signal by itself.</summary>
    private void SignalPayloadOutside(int signal, int initFd)
    {
        try
        {
            foreach (string child in File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                int number = int.Parse(child, CultureInfo.InvariantCulture);
                using var payload = new PidFd();
                payload.Take(Sys.pidfd_open(number, 0), "pidfd_open");

                // Read after the pidfd was opened: what has this number now is what was opened, or that is gone. The same goes for init's.
                if (IsPayload(number) && ProcessGroup(number) != pid && Sys.pidfd_send_signal(initFd, 0, 0) == 0)
                {
                    using var fd = new Borrow(payload);
                    _ = Sys.pidfd_send_signal(fd.Fd, signal, 0);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxException)
        {
            // It ended meanwhile, or the kernel has no list of children (CONFIG_PROC_CHILDREN): the group got the signal.
        }
    }

    private bool IsPayload(int number)
    {
        string[] lines = File.ReadAllLines($"/proc/{number}/status");
        return lines.Any(line => line == $"PPid:\t{pid}")
            && lines.Any(static line => line.StartsWith("NSpid:", StringComparison.Ordinal) && line.EndsWith($"\t{PayloadPid}", StringComparison.Ordinal));
    }

    /// <summary>Reads the process group from proc_pid_stat(5); the name may hold anything, so it counts from the last parenthesis.</summary>
    private static int ProcessGroup(int number)
    {
        string stat = File.ReadAllText($"/proc/{number}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.Parse(fields[GroupField], CultureInfo.InvariantCulture);
    }
}
