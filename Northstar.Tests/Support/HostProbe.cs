// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Diagnostics;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Support;

/// <summary>Asks once for each feature whether this machine has it, and keeps the reason of every no.</summary>
internal static class HostProbe
{
    private static readonly ConcurrentDictionary<HostFeature, string?> s_reasons = new();

    /// <summary>Gets the root of the repository.</summary>
    internal static string Repository { get; } = FindRepository();

    /// <summary>Gets where <c>samples/build.sh</c> puts the sample programs.</summary>
    internal static string SamplesDirectory => Path.Combine(Repository, "artifacts", "samples");

    /// <summary>Gets the published executable.</summary>
    internal static string Executable => Path.Combine(Repository, "artifacts", "bin", "northstar");

    /// <summary>Returns why a feature is missing, or null when it is there.</summary>
    internal static string? WhyMissing(HostFeature feature) => s_reasons.GetOrAdd(feature, Probe);

    private static string? Probe(HostFeature feature) => feature switch
    {
        HostFeature.Root => Environment.IsPrivilegedProcess ? null : "not root",
        HostFeature.Loop => HostFeatures.WhyMissing("loop device") ?? HostFeatures.WhyMissing("squashfs"),
        HostFeature.MountByDescriptor => HostFeatures.WhyMissing("fsopen, fsmount") ?? HostFeatures.WhyMissing("open_tree, move_mount") ?? HostFeatures.WhyMissing("mount_setattr"),
        HostFeature.MemoryCgroup => HostFeatures.WhyMissing("memory controller"),
        HostFeature.PidsCgroup => HostFeatures.WhyMissing("pids controller"),
        HostFeature.Compiler => FindTool("gcc") is null ? "no gcc" : null,
        HostFeature.DeviceCgroup => HostFeatures.WhyMissing("devices controller"),
        HostFeature.SquashfsTools => FindTool("mksquashfs") is null || FindTool("unsquashfs") is null ? "no mksquashfs; install squashfs-tools" : null,
        HostFeature.Samples => File.Exists(Path.Combine(SamplesDirectory, "test-container", "root", "test-container"))
            ? null : "the samples are not published; run samples/build.sh",
        HostFeature.Executable => File.Exists(Executable) ? null : "northstar is not published; run eng/build.sh",
        HostFeature.SysResource => HostFeatures.WhyMissing("CAP_SYS_RESOURCE"),
        HostFeature.Strace => WhyFailing("strace", "-o", "/dev/null", "true"),
        HostFeature.Setpriv => FindTool("setpriv") is null ? "no setpriv; install util-linux" : null,
        HostFeature.SystemdAnalyze => FindTool("systemd-analyze") is null ? "no systemd-analyze; install systemd" : null,
        HostFeature.Fuse => File.Exists("/dev/fuse") && File.ReadAllText("/proc/filesystems").Contains("\tfuse\n", StringComparison.Ordinal) ? null : "no /dev/fuse",
        HostFeature.Selinux => HostFeatures.WhyMissing("SELinux"),
        HostFeature.DeviceMapper => HostFeatures.WhyMissing("dm-verity"),
        HostFeature.Perf => WhyFailing("perf", "record", "-o", "/dev/null", "true"),
        HostFeature.Bash => FindTool("bash") is null ? "no bash" : null,
        HostFeature.Fish => FindTool("fish") is null ? "no fish" : null,
        HostFeature.Zsh => FindTool("zsh") is null ? "no zsh" : null,
        HostFeature.Elvish => FindTool("elvish") is null ? "no elvish" : null,
        HostFeature.PowerShell => FindTool("pwsh") is null ? "no pwsh; dotnet tool install --global PowerShell" : null,
        HostFeature.SocketTool => FindTool("socat") is null && FindTool("nc") is null ? "neither socat nor nc" : null,
        HostFeature.Python => WhyFailing("python3", "--version"),
        HostFeature.Node => WhyFailing("node", "--version"),
        HostFeature.CgroupV2Controllers => WhyNoUnifiedControllers("memory", "cpu", "cpuset", "io", "pids"),
        HostFeature.IdMappedMounts => WhyNoIdMappedMounts(),
        HostFeature.ProcessIdentity => Environment.OSVersion.Version >= new Version(6, 9) ? null : "pidfs came with Linux 6.9",
        HostFeature.SpareInits => CgroupManager.Open().UsesUnified ? "cgroup version 2 is used" : null,
        HostFeature.SelinuxTestPolicy => HostFeatures.WhyMissing("SELinux") ?? WhyNoContext("unconfined_u:object_r:closed_t:s0"),
        _ => $"no probe for {feature}",
    };

    /// <summary>Returns the path of a program of the search path, or null.</summary>
    internal static string? FindTool(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a tool. Returns null when it works, else what it says.</summary>
    private static string? WhyFailing(string tool, params string[] arguments)
    {
        if (FindTool(tool) is not { } program)
        {
            return $"no {tool}";
        }

        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        output.Wait();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{tool}: {error.Trim()}";
    }

    private static string? WhyNoUnifiedControllers(params string[] controllers)
    {
        if (File.ReadLines("/proc/self/mountinfo").FirstOrDefault(static line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)) is not { } mount)
        {
            return "no cgroup2 hierarchy is mounted";
        }

        string[] there = File.ReadAllText(Path.Combine(mount.Split(' ')[4], "cgroup.controllers")).Trim().Split(' ');
        string[] missing = [.. controllers.Except(there)];
        return missing.Length == 0 ? null : $"cgroup2 has no controller {string.Join(", ", missing)}";
    }

    private static string? WhyNoIdMappedMounts()
    {
        string type = Northstar.Tests.Npk.Support.Tool.Run("stat", "-f", "-c", "%T", Path.GetTempPath()).Output.Trim();
        return type is "ext2/ext3" or "xfs" or "btrfs" ? HostFeatures.WhyMissing("idmapped mounts") : $"files of {type} may not be shown under other ids";
    }

    /// <summary>Asks the loaded policy for a context. Returns null when it knows it.</summary>
    private static string? WhyNoContext(string context)
    {
        try
        {
            File.WriteAllText("/sys/fs/selinux/context", context);
            return null;
        }
        catch (IOException e)
        {
            return $"the policy does not know {context}: {e.Message}";
        }
    }

    private static string FindRepository()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Northstar.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new DirectoryNotFoundException("the tests do not run below the repository");
    }
}
