// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Seccomp;

internal sealed partial class SyscallTableTests
{
    /// <summary>What arm64's own header asks of the generic one (arch/arm64/include/uapi/asm/unistd.h).</summary>
    private static readonly string[] s_generic =
    [
        "-D__ARCH_WANT_RENAMEAT", "-D__ARCH_WANT_NEW_STAT", "-D__ARCH_WANT_SET_GET_RLIMIT", "-D__ARCH_WANT_TIME32_SYSCALLS", "-D__ARCH_WANT_SYS_CLONE3",
        "-D__ARCH_WANT_MEMFD_SECRET",
    ];

    /// <summary>Calls of x86-64 that came in Linux 6.11 and 6.14 with numbers below those of older ones.</summary>
    private static readonly string[] s_late = ["uretprobe", "uprobe"];

    private static IEnumerable<TestCaseData> Headers =>
    [
        Header(Architecture.X64, "linux-libc-dev", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", []),
        Header(Architecture.Arm64, "linux-libc-dev", "/usr/include/asm-generic/unistd.h", s_generic),
        Header(
            Architecture.Arm64, "linux-libc-dev-arm64-cross", "/usr/aarch64-linux-gnu/include/asm/unistd.h",
            ["-U__x86_64__", "-D__aarch64__", "-D__LP64__", "-nostdinc", "-isystem", "/usr/aarch64-linux-gnu/include"]),
    ];

    private static TestCaseData Header(Architecture architecture, string package, string path, string[] flags) =>
        new TestCaseData(architecture, package, path, flags).SetArgDisplayNames(architecture.ToString(), package);

    [TestCaseSource(nameof(Headers))]
    public void Numbers_KernelHeaders_AreTheSame(Architecture architecture, string package, string header, string[] flags)
    {
        if (!File.Exists(header))
            Assert.Ignore($"needs {header}: package {package}");
        if (HostProbe.FindTool("gcc") is not { } compiler)
        {
            Assert.Ignore("needs gcc to evaluate the header with");
            return;
        }

        Dictionary<string, uint> kernels = Read(Preprocess(compiler, header, flags));
        Assert.That(kernels, Has.Count.GreaterThan(300));
        SyscallTable table = SyscallTable.For(architecture);
        uint newest = kernels.Values.Max();
        TestContext.Out.WriteLine($"{kernels.Count} calls up to {newest}; our table goes to {table.Last}");

        // A header newer than the table has calls that answer ENOSYS; a table newer than the header has calls that the header cannot tell about.
        uint common = Math.Min(newest, table.Last);
        Assert.That(
            table.Numbers.Where(pair => pair.Value <= common && (kernels.ContainsKey(pair.Key) || !s_late.Contains(pair.Key))).Select(static pair => $"{pair.Value} {pair.Key}"),
            Is.EquivalentTo(kernels.Where(pair => pair.Value <= common).Select(static pair => $"{pair.Value} {pair.Key}")));
    }

    [TestCase(Architecture.X64, "execve", 59u)]
    [TestCase(Architecture.X64, "delete_module", 176u)]
    [TestCase(Architecture.X64, "uretprobe", 335u)]
    [TestCase(Architecture.X64, "pidfd_send_signal", 424u)]
    [TestCase(Architecture.X64, "clone3", 435u)]
    [TestCase(Architecture.X64, "listns", 470u)]
    [TestCase(Architecture.Arm64, "execve", 221u)]
    [TestCase(Architecture.Arm64, "delete_module", 106u)]
    [TestCase(Architecture.Arm64, "newfstatat", 79u)]
    [TestCase(Architecture.Arm64, "clone3", 435u)]
    [TestCase(Architecture.Arm64, "listns", 470u)]
    public void Numbers_KnownCalls_HaveTheKernelsNumber(Architecture architecture, string name, uint number) =>
        Assert.That(SyscallTable.For(architecture).Numbers[name], Is.EqualTo(number));

    [TestCase(Architecture.X64)]
    [TestCase(Architecture.Arm64)]
    public void Numbers_AnyTwoNames_Differ(Architecture architecture) =>
        Assert.That(SyscallTable.For(architecture).Numbers.Values, Is.Unique);

    [Test]
    public void For_UnknownArchitecture_IsNotSupported() =>
        Assert.That(() => SyscallTable.For(Architecture.S390x), Throws.TypeOf<PlatformNotSupportedException>().With.Message.Contains("S390x"));

    /// <summary>Returns the names of the kernel with their numbers; some are given by the name of another constant.</summary>
    private static Dictionary<string, uint> Read(string text)
    {
        var defines = DefineLine().Matches(text).ToDictionary(static m => m.Groups[1].Value, static m => m.Groups[2].Value);
        Dictionary<string, uint> numbers = [];
        foreach ((string define, string given) in defines)
        {
            string value = given;
            while (defines.TryGetValue(value, out string? next))
                value = next;
            if (define.StartsWith("__NR_", StringComparison.Ordinal) && define is not ("__NR_syscalls" or "__NR_arch_specific_syscall"))
                numbers.Add(define[5..], uint.Parse(value, CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    private static string Preprocess(string compiler, string header, string[] flags)
    {
        using Process gcc = Process.Start(new ProcessStartInfo(compiler, ["-E", "-dM", .. flags, "-x", "c", header]) { RedirectStandardOutput = true })!;
        string text = gcc.StandardOutput.ReadToEnd();
        gcc.WaitForExit();
        Assert.That(gcc.ExitCode, Is.Zero);
        return text;
    }

    [GeneratedRegex(@"^#define (__NR\w+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex DefineLine();
}
