// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;

namespace Northstar.Samples;

/// <summary>What this process sees of itself. Properties come in the order of the report.</summary>
internal sealed unsafe class Inspection
{
    private const int CloseOnExec = 0x80000;

    internal required (string Key, long Value)[] Ids { get; init; }

    internal required uint[] Groups { get; init; }

    internal required (string Key, string Value)[] Paths { get; init; }

    internal required (string Key, long Value)[] Scheduling { get; init; }

    internal required (string Key, string[] Names)[] Capabilities { get; init; }

    /// <summary>The descriptors that were inherited: those that the .NET runtime opened are close-on-exec, these are not.</summary>
    internal required (string Path, string Target)[] Descriptors { get; init; }

    internal required string[] Mounts { get; init; }

    internal required string[] Limits { get; init; }

    /// <summary>Collects everything that both forms of the report show.</summary>
    internal static Inspection Take()
    {
        int priority;
        Native.Check(Native.sched_getparam(0, &priority), "sched_getparam");
        return new Inspection
        {
            Ids =
            [
                ("getpid", Environment.ProcessId), ("getppid", Native.getppid()), ("getuid", Libc.getuid()), ("getgid", Libc.getgid()),
                ("getsid", Native.Check(Native.getsid(0), "getsid")), ("getpgid", Native.Check(Native.getpgid(0), "getpgid")),
            ],
            Groups = SupplementaryGroups(),
            Paths = [("pwd", Environment.CurrentDirectory), ("exe", Commands.LinkTarget("/proc/self/exe"))],
            Scheduling =
            [
                ("sched_getscheduler", Native.Check(Native.sched_getscheduler(0), "sched_getscheduler")), ("sched_priority", priority),
                ("getpriority", Nice()),
            ],
            Capabilities =
            [
                ("caps ambient", ProcessStatus.Capabilities("CapAmb")), ("caps bounding", ProcessStatus.Capabilities("CapBnd")),
                ("caps effective", ProcessStatus.Capabilities("CapEff")), ("caps inheritable", ProcessStatus.Capabilities("CapInh")),
                ("caps permitted", ProcessStatus.Capabilities("CapPrm")),
            ],
            Descriptors = InheritedDescriptors(),
            Mounts = File.ReadAllLines("/proc/self/mounts"),
            Limits = File.ReadAllLines("/proc/self/limits"),
        };
    }

    private static uint[] SupplementaryGroups()
    {
        int count = Native.Check(Native.getgroups(0, null), "getgroups");
        var groups = new uint[count];
        fixed (uint* list = groups)
            Native.Check(Native.getgroups(count, list), "getgroups");
        return groups;
    }

    /// <summary>Reads the nice value; -1 is one too, so only errno tells of a failure.</summary>
    private static int Nice()
    {
        Marshal.SetLastSystemError(0);
        int nice = Native.getpriority(0, 0);
        return Marshal.GetLastPInvokeError() == 0 ? nice : throw new CommandException("getpriority failed");
    }

    private static (string Path, string Target)[] InheritedDescriptors() =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(static path => int.Parse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture))
            .Where(IsInherited)
            .Order()
            .Select(static number => ($"/proc/self/fd/{number}", Commands.LinkTarget($"/proc/self/fd/{number}")))];

    private static bool IsInherited(int descriptor)
    {
        try
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (FileNotFoundException)
        {
            return false; // the one that the directory was read through
        }
    }
}
