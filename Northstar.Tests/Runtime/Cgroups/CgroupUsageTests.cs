// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>What a group consumes, from the files of either version.</summary>
public sealed class CgroupUsageTests
{
    [Test]
    public void Read_Unified_HasEveryFigure() =>
        Assert.That(
            Read(("cpu.stat", "usage_usec 1500\nuser_usec 1000\n"), ("memory.current", "4096\n"), ("memory.max", "8192\n"), ("pids.current", "3\n")),
            Is.EqualTo(new CgroupUsage(1_500_000, 4096, 8192, 3)));

    [Test]
    public void Read_Version1_HasEveryFigure() =>
        Assert.That(
            Read(("cpuacct.usage", "123456789\n"), ("cpu.stat", "nr_periods 0\n"), ("memory.usage_in_bytes", "4096\n"),
                ("memory.limit_in_bytes", "9223372036854771712\n"), ("pids.current", "3\n")),
            Is.EqualTo(new CgroupUsage(123_456_789, 4096, null, 3)));

    [Test]
    public void Read_NoLimit_IsNull() => Assert.That(Read(("memory.current", "1\n"), ("memory.max", "max\n")).MemoryLimitBytes, Is.Null);

    [Test]
    public void Read_WithoutControllers_IsNullThroughout() => Assert.That(Read(), Is.EqualTo(new CgroupUsage(null, null, null, null)));

    [Test]
    public void Read_WithoutCpuacct_SumsUpTheProcesses()
    {
        // Times of the fields 14 to 17: 1 + 2 + 4 + 8, and 16; the third process is gone.
        CgroupUsage usage = CgroupUsage.Read(
            static file => file == "cgroup.procs" ? "10\n11\n12\n" : "",
            static pid => pid switch
            {
                "10" => "10 (a) b) S 1 1 1 0 -1 4194560 100 0 0 0 1 2 4 8 20 0 1 0 5",
                "11" => "11 (c) R 1 1 1 0 -1 4194560 100 0 0 0 16 0 0 0 20 0 1 0 5",
                _ => "",
            });
        Assert.That(usage.CpuNanoseconds, Is.EqualTo(31 * 10_000_000));
    }

    private static CgroupUsage Read(params (string File, string Text)[] files) =>
        CgroupUsage.Read(file => files.FirstOrDefault(f => f.File == file).Text ?? "", static _ => "");
}
