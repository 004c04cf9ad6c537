// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Samples;

/// <summary>Tries what a hostile program would try first. Each attempt prints a line; none may work, whatever capabilities the program has.</summary>
internal static unsafe class EscapeAttempts
{
    private const int Levels = 64;

    private static readonly string[] s_hidden =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/key-users", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list", "/sys/firmware", "/sys/devices/virtual/powercap", "/sys/kernel/debug",
    ];

    private static readonly string[] s_readOnly =
    [
        "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/irq/default_smp_affinity",
        "/proc/1/oom_score_adj", "/proc/1/mem", "/proc/1/exe", "/proc/self/exe", "/sys/kernel/uevent_helper", "/sys/power/state", "/",
    ];

    private static int s_tried;
    private static int s_worked;

    /// <summary>Runs all of them.</summary>
    /// <param name="marker">Absolute path of a file of the host that everybody may read.</param>
    internal static void Run(string marker)
    {
        Walk(marker);
        Hidden();
        Written();
        Terminal();
        Processes();
        ChrootTwice(marker); // the last one: it changes what every path means
        Output.WriteLine($"escape: {s_worked} of {s_tried} attempts worked");
    }

    /// <summary>Looks for the marker behind every link of /proc that leads to a directory, and above it.</summary>
    private static void Walk(string marker)
    {
        string up = string.Concat(Enumerable.Repeat("/..", Levels));
        string[] starts = ["", "/proc/1/root", "/proc/1/cwd", "/proc/self/root", "/proc/self/cwd", "/proc/2/root", "/proc/thread-self/root"];
        foreach (string start in starts.Concat(Descriptors("/proc/self/fd")).Concat(Descriptors("/proc/1/fd")))
        {
            Expect($"read {start}{marker}", CanOpen(start + marker, Native.O_RDONLY));
            Expect($"read {start}/..{marker}", CanOpen(start + up + marker, Native.O_RDONLY));
        }
    }

    private static IEnumerable<string> Descriptors(string directory) =>
        Enumerable.Range(0, Levels).Select(number => string.Create(CultureInfo.InvariantCulture, $"{directory}/{number}"));

    /// <summary>A hidden file cannot be read or is empty, a hidden directory has no entries.</summary>
    private static void Hidden()
    {
        foreach (string path in s_hidden)
        {
            bool shown = false;
            try
            {
                shown = Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path).Any() : File.Exists(path) && File.OpenRead(path).ReadByte() >= 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // As it shall be.
            }

            Expect($"look into {path}", shown);
        }
    }

    private static void Written()
    {
        foreach (string path in s_readOnly)
        {
            Expect($"write {path}", CanOpen(path, Native.O_WRONLY));
        }

        // The same file again, by its descriptor.
        foreach (string path in (string[])["/proc/1/exe", "/proc/self/exe", "/proc/sysrq-trigger"])
        {
            int fd = Native.open(path, Native.O_PATH | Native.O_CLOEXEC);
            Expect($"write {path} through a descriptor", fd >= 0 && CanOpen(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}"), Native.O_WRONLY));
            _ = fd < 0 ? 0 : Native.close(fd);
        }
    }

    /// <summary>Types into a terminal; a filter must look at no more than the lower half of the request.</summary>
    private static void Terminal()
    {
        byte letter = (byte)'x';
        byte paste = 3;
        for (int fd = 0; fd < 3; fd++)
        {
            Expect($"{fd} is a terminal", Native.isatty(fd) == 1);
            Expect($"TIOCSTI on {fd}", Native.ioctl(fd, Native.TIOCSTI, &letter) == 0);
            Expect($"TIOCSTI + 2^32 on {fd}", Native.ioctl(fd, Native.TIOCSTI + ((nuint)1 << 32), &letter) == 0);
            Expect($"TIOCLINUX on {fd}", Native.ioctl(fd, Native.TIOCLINUX, &paste) == 0);
        }

        Expect("open /dev/tty", CanOpen("/dev/tty", Native.O_RDONLY));
        Expect("open /dev/console", CanOpen("/dev/console", Native.O_RDONLY));
        Expect("write to standard input", Libc.write(0, &letter, 1) >= 0);
    }

    private static void Processes()
    {
        const int Attach = 16;
        Expect("trace init", Native.ptrace(Attach, 1, 0, 0) == 0);
        foreach (string kind in (string[])["mnt", "pid", "net", "ipc", "uts", "cgroup"])
        {
            Expect($"open the {kind} namespace of init", CanOpen($"/proc/1/ns/{kind}", Native.O_RDONLY));
        }
    }

    /// <summary>The classic way out of a chroot: make another one below an open directory, go up from there.</summary>
    private static void ChrootTwice(string marker)
    {
        const string Jail = "/tmpfs/jail";
        int outside = Native.open("/", Native.O_RDONLY | Native.O_CLOEXEC);
        _ = Native.mkdir(Jail, 0x1C0);
        bool jailed = Native.chroot(Jail) == 0;
        Output.WriteLine($"chroot {(jailed ? "is allowed" : "is refused")}");
        _ = Native.fchdir(outside);
        for (int i = 0; i < Levels; i++)
        {
            _ = Native.chdir("..");
        }

        _ = Native.chroot(".");
        Expect("read the marker after a double chroot", CanOpen(marker, Native.O_RDONLY) || CanOpen("." + marker, Native.O_RDONLY));
    }

    private static bool CanOpen(string path, int flags)
    {
        int fd = Native.open(path, flags | Native.O_NONBLOCK | Native.O_CLOEXEC);
        return fd >= 0 && Native.close(fd) == 0;
    }

    private static void Expect(string attempt, bool worked)
    {
        s_tried++;
        s_worked += worked ? 1 : 0;
        if (worked)
            Output.WriteLine($"worked: {attempt}");
    }
}
