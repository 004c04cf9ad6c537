// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The time that real-time threads of a group may run (scheduler/sched-rt-group.rst). A new group of version 1 has none, and none can be given before the groups above have it.</summary>
/// <param name="Runtime">Microseconds a period.</param>
/// <param name="Period">The period in microseconds.</param>
internal sealed record RealtimeBudget(long Runtime, ulong Period)
{
    internal const string RuntimeFile = "cpu.rt_runtime_us";
    private const string PeriodFile = "cpu.rt_period_us";
    private const ulong Second = 1_000_000;

    /// <summary>Chooses what the manifest says, else <paramref name="aSecond"/>; null when neither is given.</summary>
    internal static RealtimeBudget? From(CpuSettings? settings, TimeSpan? aSecond)
    {
        ulong period = settings?.RealtimePeriod ?? Second;
        if (settings?.RealtimeRuntime is { } runtime)
            return new RealtimeBudget(runtime, period);
        if (aSecond is { } budget)
            return new RealtimeBudget((long)(budget.TotalSeconds * period), period);
        return settings?.RealtimePeriod is null ? null : new RealtimeBudget(0, period);
    }

    /// <summary>Gives the budget to a group, after the groups above it have room for all that is below them.</summary>
    internal void Apply(CgroupFileSystem files, string root, string directory)
    {
        if (Runtime > 0)
            MakeRoom(files, root, Path.GetDirectoryName(directory)!, directory, Runtime / (double)Period);
        files.Write(directory, PeriodFile, Period.ToString(CultureInfo.InvariantCulture));
        files.Write(directory, RuntimeFile, Runtime.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Takes the share back before a group is removed: the kernel counts it for a moment longer, and the next container might not get its own.</summary>
    internal static void Return(CgroupFileSystem files, string directory)
    {
        if (files.Read(directory, RuntimeFile).Trim() is "" or "0")
            return;
        try
        {
            files.Write(directory, RuntimeFile, "0");
        }
        catch (LinuxException)
        {
            // A real-time process is still there: removal kills it, and the share comes back late.
        }
    }

    private static void MakeRoom(CgroupFileSystem files, string root, string directory, string child, double share)
    {
        if (directory.Length <= root.Length)
            return;
        double needed = share + files.Children(directory).Where(other => other != child).Sum(other => Share(files, other));
        if (needed <= Share(files, directory))
            return;
        MakeRoom(files, root, Path.GetDirectoryName(directory)!, directory, needed);
        double runtime = Math.Ceiling(needed * PeriodOf(files, directory));
        files.Write(directory, RuntimeFile, runtime.ToString("F0", CultureInfo.InvariantCulture));
    }

    private static double Share(CgroupFileSystem files, string directory)
    {
        long runtime = CgroupText.Limit(files.Read(directory, RuntimeFile), absent: 0);
        return runtime < 0 ? 1 : runtime / (double)PeriodOf(files, directory);
    }

    private static long PeriodOf(CgroupFileSystem files, string directory) => Math.Max(1, CgroupText.Limit(files.Read(directory, PeriodFile), absent: (long)Second));
}
