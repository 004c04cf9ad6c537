// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Samples;

/// <summary>Reads fields of <c>/proc/self/status</c> (proc_pid_status(5)).</summary>
internal static class ProcessStatus
{
    /// <summary>Names of the capabilities by number (linux/capability.h).</summary>
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
        "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
        "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Returns the value of a field, for example of <c>NoNewPrivs</c>.</summary>
    /// <exception cref="InvalidDataException">The kernel offers no such field.</exception>
    internal static string Field(string name)
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
                return line[(name.Length + 1)..].Trim();
        }

        throw new InvalidDataException($"/proc/self/status has no field {name}");
    }

    /// <summary>Returns the names of one capability set; <paramref name="field"/> is <c>CapEff</c> or one of its siblings.</summary>
    internal static string[] Capabilities(string field)
    {
        ulong bits = ulong.Parse(Field(field), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var names = new List<string>();
        for (int number = 0; number < 64; number++)
        {
            if ((bits >> number & 1) != 0)
                names.Add(number < s_capabilities.Length ? s_capabilities[number] : $"CAP_{number}");
        }

        return [.. names];
    }
}
