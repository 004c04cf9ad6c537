// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Tests.Support;

/// <summary>What a runtime and its launcher take of the machine.</summary>
internal sealed record RuntimeFootprint(
    long ResidentKilobytes, int Descriptors, int Threads, long LauncherKilobytes, int LauncherDescriptors, int Processes, int LoopDevices, int Cgroups)
{
    /// <summary>Looks at a runtime and what it has started.</summary>
    internal static RuntimeFootprint Of(int pid, string cgroup)
    {
        int launcher = ProcessTable.Children(pid).First();

        // The launcher makes the next spare a moment after the start that took the last one.
        int spares = HostProbe.WhyMissing(HostFeature.SpareInits) is null ? 1 : 0;
        Assert.That(() => ProcessTable.Spares(launcher).Length == spares && ProcessTable.Status(launcher, "State")[0] == 'S', Is.True.After(10_000, 5), "a spare init");
        return new RuntimeFootprint(
            Kilobytes(pid), DescriptorsOf(pid), int.Parse(ProcessTable.Status(pid, "Threads"), CultureInfo.InvariantCulture),
            Kilobytes(launcher), DescriptorsOf(launcher), ProcessTable.Tree(pid).Length,
            Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(static f => (new FileInfo(f).LinkTarget ?? "").StartsWith("/dev/loop", StringComparison.Ordinal)),
            Directory.EnumerateDirectories("/sys/fs/cgroup", cgroup, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
                .Sum(static top => Directory.GetDirectories(top).Length));
    }

    /// <summary>Asserts that nothing has grown. Memory may by a few per cent: the collector gives it back when it likes.</summary>
    internal void AssertIsLike(RuntimeFootprint before) => Assert.Multiple(() =>
    {
        Assert.That(ResidentKilobytes, Is.LessThanOrEqualTo((before.ResidentKilobytes * 6 / 5) + 4096), "resident memory of the runtime, kB");
        Assert.That(Descriptors, Is.EqualTo(before.Descriptors).Within(3), "descriptors of the runtime");
        Assert.That(Threads, Is.LessThanOrEqualTo(before.Threads + 5), "threads of the runtime");
        Assert.That(LauncherKilobytes, Is.LessThanOrEqualTo((before.LauncherKilobytes * 6 / 5) + 256), "resident memory of the launcher, kB");
        Assert.That(LauncherDescriptors, Is.EqualTo(before.LauncherDescriptors), "descriptors of the launcher");
        Assert.That(Processes, Is.EqualTo(before.Processes), "processes");
        Assert.That(LoopDevices, Is.EqualTo(before.LoopDevices), "loop devices");
        Assert.That(Cgroups, Is.EqualTo(before.Cgroups), "cgroups");
    });

    /// <summary>Returns one line.</summary>
    public override string ToString() =>
        $"runtime {ResidentKilobytes} kB, {Descriptors} descriptors, {Threads} threads; launcher {LauncherKilobytes} kB, {LauncherDescriptors} descriptors; "
        + $"{Processes} processes, {LoopDevices} loop devices, {Cgroups} cgroups of containers";

    private static long Kilobytes(int pid) => long.Parse(ProcessTable.Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture);

    private static int DescriptorsOf(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();
}
