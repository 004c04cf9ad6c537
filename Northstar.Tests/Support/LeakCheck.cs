// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Tests.Support;

/// <summary>Counts what a test could leave behind: processes, descriptors, mounts, loop devices, cgroups. Make one before, check after.</summary>
/// <remarks>Another runtime on the machine is none of the test's business; while there is one, loop devices cannot be told apart and are not counted.</remarks>
internal sealed class LeakCheck
{
    private const int Patience = 5000;

    private readonly string[] _before = Count(withoutLoopDevices: false);

    /// <summary>Waits until everything is as before; the kernel frees some things a moment later. Fails the test when it does not happen.</summary>
    internal void AssertNothingIsLeft()
    {
        if (Left().Length > 0)
        {
            Assert.That(Left, Is.Empty.After(Patience, 10), "left behind");
        }
    }

    private string[] Left()
    {
        string[] left = [.. Count(IsForeignRuntimeAlive()).Except(_before)];
        if (left.Length > 0)
        {
            // Handles that nobody holds any longer.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return left;
    }

    private static string[] Count(bool withoutLoopDevices) =>
        [.. Processes(), .. Descriptors(), .. Mounts(), .. withoutLoopDevices ? [] : LoopDevices().Concat(VerityDevices()), .. Cgroups()];

    /// <summary>Children of the test process, and what runs under the name of our init below it or without a parent.</summary>
    private static IEnumerable<string> Processes()
    {
        Dictionary<int, (string Name, int Parent)> all = AllProcesses();
        return all.Where(p => p.Value.Parent == Environment.ProcessId || (IsOfARuntime(p.Value.Name) && IsOurs(Owner(all, p.Key))))
            .Select(static p => $"process {p.Key} {p.Value.Name}");
    }

    private static bool IsForeignRuntimeAlive()
    {
        Dictionary<int, (string Name, int Parent)> all = AllProcesses();
        return all.Any(p => IsOfARuntime(p.Value.Name) && !IsOurs(Owner(all, p.Key)));
    }

    /// <summary>An orphan counts as ours: nobody else would leave one.</summary>
    private static bool IsOurs(int owner) => owner <= 1 || owner == Environment.ProcessId;

    private static bool IsOfARuntime(string name) =>
        name.StartsWith("init-", StringComparison.Ordinal) || name is "northstar-fork" or "northstar-tool";

    /// <summary>Goes up from an init or launcher to the process that is none.</summary>
    private static int Owner(Dictionary<int, (string Name, int Parent)> all, int pid)
    {
        while (all.TryGetValue(pid, out (string Name, int Parent) process) && IsOfARuntime(process.Name))
        {
            pid = process.Parent;
        }

        return pid;
    }

    private static Dictionary<int, (string Name, int Parent)> AllProcesses()
    {
        var all = new Dictionary<int, (string Name, int Parent)>();
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

            string[] lines = status.Split('\n');
            string parent = lines.First(static l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..];
            all[int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture)] = (lines[0][5..].Trim(), int.Parse(parent, CultureInfo.InvariantCulture));
        }

        return all;
    }

    /// <summary>Descriptors that a runtime would hold. The test host opens others of its own now and then.</summary>
    private static IEnumerable<string> Descriptors()
    {
        int memfds = 0, mounts = 0, loops = 0, verity = 0, pidfds = 0, packages = 0;
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string target = new FileInfo(path).LinkTarget ?? "";
            memfds += target.StartsWith("/memfd:northstar", StringComparison.Ordinal) ? 1 : 0;
            loops += target.StartsWith("/dev/loop", StringComparison.Ordinal) ? 1 : 0;
            verity += target.StartsWith("/dm-", StringComparison.Ordinal) || target.StartsWith("/dev/dm-", StringComparison.Ordinal) ? 1 : 0;
            pidfds += target.Contains("pidfd", StringComparison.Ordinal) ? 1 : 0;
            packages += target.EndsWith(".npk", StringComparison.Ordinal) ? 1 : 0;
            mounts += target == "/" ? 1 : 0;
        }

        return [$"{memfds} memfds", $"{loops} open loop devices", $"{verity} open verity devices", $"{pidfds} pidfds", $"{packages} open packages", $"{mounts} detached mounts"];
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

    private static IEnumerable<string> VerityDevices() =>
        Directory.EnumerateDirectories("/sys/block", "dm-*").Select(NameOf).Where(static n => n.StartsWith("northstar-", StringComparison.Ordinal)).Select(static n => $"device {n}");

    private static string NameOf(string device)
    {
        try
        {
            return File.ReadAllText(Path.Combine(device, "dm", "name")).Trim();
        }
        catch (IOException)
        {
            return ""; // gone meanwhile
        }
    }

    private static IEnumerable<string> Cgroups() =>
        Directory.Exists("/sys/fs/cgroup")
            ? Directory.EnumerateDirectories("/sys/fs/cgroup", $"northstar*{Environment.ProcessId}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                .Select(static path => $"cgroup {path}")
            : [];
}
