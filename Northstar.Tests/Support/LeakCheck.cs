// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;

namespace Northstar.Tests.Support;

/// <summary>Counts what a test could leave behind: processes, descriptors, mounts, loop devices, cgroups. Make one before, check after.</summary>
internal sealed class LeakCheck
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly string[] _before = Count();

    /// <summary>Waits until everything is as before; the kernel frees some things a moment later. Fails the test when it does not happen.</summary>
    internal async Task AssertNothingIsLeftAsync()
    {
        long start = Stopwatch.GetTimestamp();
        string[] left;
        while (true)
        {
            left = [.. Count().Except(_before)];
            if (left.Length == 0 || Stopwatch.GetElapsedTime(start) > s_patience)
            {
                break;
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        Assert.That(left, Is.Empty, "left behind");
    }

    private static string[] Count() => [.. Processes(), .. Descriptors(), .. Mounts(), .. LoopDevices(), .. Cgroups()];

    /// <summary>Children of the test process, and whatever runs under the name of our init.</summary>
    private static IEnumerable<string> Processes()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(static d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string status;
            try
            {
                status = File.ReadAllText($"{directory}/status");
            }
            catch (IOException)
            {
                continue;
            }

            bool ours = status.Contains($"\nPPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal) || status.StartsWith("Name:\tinit-", StringComparison.Ordinal)
                || status.StartsWith("Name:\tnorthstar-fork", StringComparison.Ordinal);
            if (ours)
            {
                yield return $"process {Path.GetFileName(directory)} {status.Split('\n')[0]}";
            }
        }
    }

    /// <summary>Descriptors that a runtime would hold. The test host opens others of its own now and then.</summary>
    private static IEnumerable<string> Descriptors()
    {
        int memfds = 0, mounts = 0, loops = 0, pidfds = 0, packages = 0;
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string target = new FileInfo(path).LinkTarget ?? "";
            memfds += target.StartsWith("/memfd:northstar", StringComparison.Ordinal) ? 1 : 0;
            loops += target.StartsWith("/dev/loop", StringComparison.Ordinal) ? 1 : 0;
            pidfds += target.Contains("pidfd", StringComparison.Ordinal) ? 1 : 0;
            packages += target.EndsWith(".npk", StringComparison.Ordinal) ? 1 : 0;
            mounts += target == "/" ? 1 : 0;
        }

        return [$"{memfds} memfds", $"{loops} open loop devices", $"{pidfds} pidfds", $"{packages} open packages", $"{mounts} detached mounts"];
    }

    private static IEnumerable<string> Mounts() =>
        File.ReadLines("/proc/self/mountinfo").Select(static line => "mount " + line.Split(' ')[4]);

    private static IEnumerable<string> LoopDevices()
    {
        foreach (string device in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            string file = Path.Combine(device, "loop", "backing_file");
            if (File.Exists(file))
            {
                yield return $"{Path.GetFileName(device)}";
            }
        }
    }

    private static IEnumerable<string> Cgroups() =>
        Directory.Exists("/sys/fs/cgroup")
            ? Directory.EnumerateDirectories("/sys/fs/cgroup", "northstar*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                .Select(static path => $"cgroup {path}")
            : [];
}
