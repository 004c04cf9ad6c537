// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

internal sealed partial class CgroupManager
{
    private const int RemovalAttempts = 8;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(5);

    private readonly List<SafeFd> _locks = [];
    private bool _isSomebodyElses;

    /// <summary>
    /// Makes sure that no other runtime uses the group of <see cref="CreateTop"/>, and removes the groups of containers below it that one that
    /// died left behind. Those with processes stay; when a container of that name starts they are dealt with.
    /// </summary>
    /// <returns>The groups that stay.</returns>
    /// <exception cref="LinuxException">Another runtime uses the group (EBUSY).</exception>
    internal async ValueTask<IReadOnlyList<string>> TakeOverAsync()
    {
        List<string> left = [];
        foreach (string directory in _hierarchies.Select(h => Path.Combine([h.Root, .. _top])).Where(Directory.Exists))
        {
            Lock(directory);
            left.AddRange(_files.Children(directory));
        }

        // Init and its payload end with their launcher, but a busy machine may take a moment.
        TimeSpan pause = s_firstPause;
        for (int attempt = 1; left.RemoveAll(_removal.TryRemoveEmpty) >= 0 && left.Count > 0 && attempt < RemovalAttempts; attempt++)
        {
            await Task.Delay(pause, _timeProvider).ConfigureAwait(false);
            pause *= 2;
        }

        return left;
    }

    /// <summary>The lock is on the directory and goes with the process. Removing a locked directory is possible.</summary>
    private void Lock(string directory)
    {
        SafeFd descriptor = Descriptors.Open(directory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        _locks.Add(descriptor);
        using var fd = new Borrow(descriptor);
        if (Sys.flock(fd.Fd, Sys.LOCK_EX | Sys.LOCK_NB) < 0)
        {
            _isSomebodyElses = true;
            throw new LinuxException((int)Errno.EBUSY, "use cgroup", $"{directory}, which another runtime uses; give each runtime a cgroup of its own");
        }
    }
}
