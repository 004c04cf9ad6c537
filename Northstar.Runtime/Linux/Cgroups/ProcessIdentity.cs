// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>
/// Tells processes apart by the number of their file in pidfs, which no other process has or gets until the machine restarts. Whoever has a pidfd reads it by
/// fstat(2), in any namespace (pidfd_open(2), Linux 6.9).
/// </summary>
internal static unsafe class ProcessIdentity
{
    /// <summary>Tells whether one of these processes has this identity and lives. Without pidfs none has.</summary>
    /// <param name="processes">Reads the processes; they are read once more while the one that was found is held, so that its number cannot have become another's.</param>
    /// <param name="identity">The identity.</param>
    internal static bool IsAmong(Func<IEnumerable<int>> processes, ulong identity)
    {
        foreach (int pid in processes())
        {
            using var held = new PidFd();
            if (Sys.pidfd_open(pid, 0) is >= 0 and int opened)
            {
                held.Take(opened, "pidfd_open");
                if (Of(held) == identity)
                {
                    return processes().Contains(pid) && !held.HasEnded;
                }
            }
        }

        return false;
    }

    /// <summary>Returns the identity of a process; null where the kernel has no pidfs, whose predecessor gives all processes the same number.</summary>
    internal static ulong? Of(PidFd process)
    {
        using var fd = new Borrow(process);
        Sys.statfs fileSystem;
        return Sys.fstatfs(fd.Fd, &fileSystem) < 0 ? throw new LinuxException(Marshal.GetLastPInvokeError(), "statfs", "pidfd")
            : fileSystem.f_type == Sys.PID_FS_MAGIC ? Descriptors.InodeOf(process, "pidfd") : null;
    }
}
