// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Removes groups. A group can be busy for a moment after its last process ended, so removal is tried again with growing pauses.</summary>
internal sealed class CgroupRemoval(CgroupFileSystem files, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private const int Attempts = 9;

    /// <summary>How many processes are held at a time while they are killed: each takes a descriptor.</summary>
    private const int HeldAtOnce = 32;

    /// <summary>Removes a group and what is below it.</summary>
    /// <param name="directory">The group; one that is gone is fine.</param>
    /// <param name="mayKill">Whether processes in it are killed.</param>
    /// <param name="isPatient">Whether it is tried again; without there is one attempt.</param>
    /// <exception cref="LinuxException">It is still busy after some 2.5 seconds.</exception>
    internal async ValueTask RemoveAsync(string directory, bool mayKill, bool isPatient = true)
    {
        TimeSpan pause = s_firstPause;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                RealtimeBudget.Return(files, directory);
                files.RemoveDirectory(directory);
                return;
            }
            catch (LinuxException) when (isPatient && attempt < Attempts)
            {
                if (mayKill)
                    Kill(directory);
                foreach (string child in files.Children(directory))
                    TryRemoveEmpty(child);
            }

            await Task.Delay(pause, timeProvider).ConfigureAwait(false);
            pause *= 2;
        }
    }

    /// <summary>Removes a group and those below it when they have no process.</summary>
    /// <returns>Whether it is gone.</returns>
    internal bool TryRemoveEmpty(string directory)
    {
        foreach (string child in files.Children(directory))
            TryRemoveEmpty(child);
        if (files.Read(directory, "cgroup.procs").Length > 0)
            return false;
        try
        {
            RealtimeBudget.Return(files, directory);
            files.RemoveDirectory(directory);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Kills every process of a group and of those below it: at once where the kernel can (Linux 5.14, version 2), else one by one.</summary>
    internal void Kill(string directory)
    {
        try
        {
            files.Write(directory, "cgroup.kill", "1");
            return;
        }
        catch (LinuxException)
        {
            // Version 1, or an older kernel.
        }

        foreach (int[] some in Processes(directory).Chunk(HeldAtOnce))
            KillHeld(directory, some);
        foreach (string child in files.Children(directory))
            Kill(child);
    }

    /// <summary>A process is held before its group is asked for it once more: so the number cannot have become somebody else's.</summary>
    private void KillHeld(string directory, int[] processes)
    {
        List<(int Pid, PidFd Descriptor)> held = [];
        try
        {
            foreach (int pid in processes)
            {
                var descriptor = new PidFd();
                held.Add((pid, descriptor));
                if (Sys.pidfd_open(pid, 0) is >= 0 and int opened)
                    descriptor.Take(opened, "pidfd_open", null);
            }

            HashSet<int> still = [.. Processes(directory)];
            foreach ((_, PidFd descriptor) in held.Where(h => !h.Descriptor.IsInvalid && still.Contains(h.Pid)))
            {
                using var fd = new Borrow(descriptor);
                _ = Sys.pidfd_send_signal(fd.Fd, Sys.SIGKILL, 0);
            }
        }
        finally
        {
            held.ForEach(static h => h.Descriptor.Dispose());
        }
    }

    /// <summary>Returns the processes of a group, without those of groups below.</summary>
    internal IEnumerable<int> Processes(string directory) => files.Read(directory, "cgroup.procs").Split('\n')
        .Select(static line => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0).Where(static pid => pid > 0);
}
