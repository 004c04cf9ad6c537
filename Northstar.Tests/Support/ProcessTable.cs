// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Northstar.Tests.Support;

/// <summary>Processes as the host sees them.</summary>
internal static class ProcessTable
{
    /// <summary>Kills processes that a test has started, and forgets them.</summary>
    internal static void End(List<Process> processes)
    {
        foreach (Process process in processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        processes.Clear();
    }

    /// <summary>Returns the children of a process, none when it is gone.</summary>
    internal static int[] Children(int pid) =>
        [.. Read($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static p => int.Parse(p, CultureInfo.InvariantCulture))];

    /// <summary>Returns the containers' inits of a launcher; those that it keeps ready, or has just forked, are none.</summary>
    internal static int[] Inits(int launcher) => [.. Children(launcher).Where(static pid => Status(pid, "Name") is not ("" or "northstar-fork" or "northstar-spare"))];

    /// <summary>Returns the inits that a launcher keeps ready, with their payloads forked.</summary>
    internal static int[] Spares(int launcher) => [.. Children(launcher).Where(static pid => Status(pid, "Name") == "northstar-spare" && Children(pid).Length == 1)];

    /// <summary>Returns a process and everything below it.</summary>
    internal static int[] Tree(int pid) => [pid, .. Children(pid).SelectMany(Tree)];

    /// <summary>Returns a field of <c>/proc/PID/status</c>, empty when the process is gone.</summary>
    internal static string Status(int pid, string field) =>
        Read($"/proc/{pid}/status").Split('\n').FirstOrDefault(l => l.StartsWith(field + ":", StringComparison.Ordinal))?[(field.Length + 1)..].Trim() ?? "";

    /// <summary>Returns the program and its arguments, each followed by NUL; empty when the process is gone.</summary>
    internal static string CommandLine(int pid) => Read($"/proc/{pid}/cmdline");

    /// <summary>Returns the parent's pid.</summary>
    internal static int Parent(int pid) => int.Parse(Status(pid, "PPid"), CultureInfo.InvariantCulture);

    /// <summary>Tells whether a process runs or waits to be reaped.</summary>
    internal static bool Exists(int pid) => Directory.Exists($"/proc/{pid}");

    /// <summary>Tells whether a process waits in poll(2) for nothing, as a launch does that stands still on purpose.</summary>
    internal static bool StandsStill(int pid)
    {
        string poll = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "73" : "7";
        return Read($"/proc/{pid}/syscall").StartsWith($"{poll} 0x0 0x0 ", StringComparison.Ordinal);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
