// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>
/// Tells whose a device-mapper device is: its UUID names the process that made it, as <c>northstar-NAMESPACE-PID-START-RANDOM</c>, with the
/// inode of the PID namespace and the time when the process started, in ticks since boot.
/// </summary>
internal sealed record DeviceOwner(ulong PidNamespace, int Pid, ulong StartTicks)
{
    /// <summary>Names and UUIDs of our devices begin with this.</summary>
    internal const string Prefix = "northstar-";

    private const int StartField = 19; // starttime, counted from the state behind the name (proc_pid_stat(5))

    /// <summary>Gets this process.</summary>
    internal static DeviceOwner Current { get; } = Find(Environment.ProcessId) ?? throw new InvalidDataException("/proc/self/stat cannot be read");

    /// <summary>Returns a UUID that nobody can foresee.</summary>
    internal string NewUuid() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{PidNamespace}-{Pid}-{StartTicks}-{Guid.NewGuid():N}");

    /// <summary>Reads the owner from a UUID; null when the device is none of ours.</summary>
    internal static DeviceOwner? TryParse(string uuid)
    {
        if (!uuid.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = uuid[Prefix.Length..].Split('-');
        return parts.Length == 4
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong pidNamespace)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
            ? new DeviceOwner(pidNamespace, pid, start)
            : null;
    }

    /// <summary>Tells whether the process has ended for sure. Of a process in another PID namespace nothing is known.</summary>
    internal bool HasEnded => PidNamespace == Current.PidNamespace && Find(Pid) != this;

    private static DeviceOwner? Find(int pid)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new DeviceOwner(FindPidNamespace(), pid, ulong.Parse(fields[StartField], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads the number from <c>pid:[4026531836]</c>.</summary>
    private static ulong FindPidNamespace()
    {
        string target = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        return ulong.Parse(target.AsSpan()[(target.IndexOf('[', StringComparison.Ordinal) + 1)..].TrimEnd(']'), CultureInfo.InvariantCulture);
    }
}
