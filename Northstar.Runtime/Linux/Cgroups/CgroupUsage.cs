// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>What the processes of a group consume; a figure that the machine cannot tell is null.</summary>
/// <remarks>Sources: cpuacct.rst, memory.rst and pids.rst of cgroup v1, cgroup-v2.rst, proc_pid_stat(5).</remarks>
/// <param name="CpuNanoseconds">Processor time.</param>
/// <param name="MemoryBytes">Memory charged to the group.</param>
/// <param name="MemoryLimitBytes">Its limit, or null for none.</param>
/// <param name="Tasks">Threads.</param>
internal readonly record struct CgroupUsage(ulong? CpuNanoseconds, ulong? MemoryBytes, ulong? MemoryLimitBytes, ulong? Tasks)
{
    /// <summary>A larger limit of version 1 means none: the kernel rounds the largest number down to a page.</summary>
    private const ulong NoLimit = 1ul << 62;

    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>The kernel counts times of processes in ticks of USER_HZ, which is 100 on every architecture of ours.</summary>
    private const ulong NanosecondsPerTick = 10_000_000;

    /// <summary>Reads the figures through <paramref name="read"/>, which gives the text of a file of the group, or "" when no hierarchy has it.</summary>
    internal static CgroupUsage Read(Func<string, string> read, Func<string, string> readProcessStat)
    {
        ulong? limit = Number(read("memory.max")) ?? Number(read("memory.limit_in_bytes"));
        return new CgroupUsage(
            Number(read("cpuacct.usage")) ?? UnifiedTime(read("cpu.stat")) ?? TimeOfProcesses(read("cgroup.procs"), readProcessStat),
            Number(read("memory.current")) ?? Number(read("memory.usage_in_bytes")),
            limit < NoLimit ? limit : null,
            Number(read("pids.current")));
    }

    private static ulong? UnifiedTime(string text) =>
        CgroupText.Counters(text).TryGetValue("usage_usec", out ulong microseconds) ? microseconds * NanosecondsPerMicrosecond : null;

    /// <summary>Sums up what processes used themselves and what those used that they waited for.</summary>
    private static ulong? TimeOfProcesses(string processes, Func<string, string> readProcessStat)
    {
        if (processes.Length == 0)
        {
            return null;
        }

        ulong ticks = 0;
        foreach (string pid in processes.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // The name in parentheses may hold anything, parentheses too. Behind it: field 3 and the rest; 14 to 17 are the times.
            string stat = readProcessStat(pid);
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int field = 14; field <= 17 && field - 3 < fields.Length; field++)
            {
                ticks += Number(fields[field - 3]) ?? 0;
            }
        }

        return ticks * NanosecondsPerTick;
    }

    private static ulong? Number(string text) =>
        ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
}
