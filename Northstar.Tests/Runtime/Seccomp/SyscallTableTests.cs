// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Northstar.Runtime.Linux.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

internal sealed partial class SyscallTableTests
{
    private static readonly (Architecture, string, string[])[] s_headers =
    [
        (Architecture.X64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", []),
        (Architecture.Arm64, "/usr/aarch64-linux-gnu/include/asm/unistd.h",
            ["-nostdinc", "-isystem", "/usr/aarch64-linux-gnu/include", "-U__x86_64__", "-D__aarch64__", "-D__LP64__"]),
    ];

    private static IEnumerable<TestCaseData> Headers => s_headers.Select(h => new TestCaseData(h.Item1, h.Item2, h.Item3).SetArgDisplayNames(h.Item1.ToString()));

    [TestCaseSource(nameof(Headers))]
    public void Numbers_KernelHeaders_AreTheSame(Architecture architecture, string header, string[] flags)
    {
        if (!File.Exists(header))
            Assert.Ignore($"no {header}");
        if (!File.Exists("/usr/bin/gcc"))
            Assert.Ignore("no /usr/bin/gcc to evaluate the header with");

        Dictionary<string, string> defines = DefineLine().Matches(Preprocess(header, flags)).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        SyscallTable table = SyscallTable.For(architecture);
        int compared = 0;
        foreach ((string define, string text) in defines.Where(d => d.Key.StartsWith("__NR_", StringComparison.Ordinal)))
        {
            string value = text;
            while (defines.TryGetValue(value, out string? next))
                value = next;
            if (define is "__NR_syscalls" or "__NR_arch_specific_syscall")
                continue;
            uint number = uint.Parse(value, CultureInfo.InvariantCulture);
            if (number > table.Last)
                continue;
            Assert.That(table.Numbers.GetValueOrDefault(define[5..], uint.MaxValue), Is.EqualTo(number), define);
            compared++;
        }

        Assert.That(compared, Is.GreaterThan(300));
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

    private static string Preprocess(string header, string[] flags)
    {
        using Process gcc = Process.Start(new ProcessStartInfo("/usr/bin/gcc", ["-E", "-dM", .. flags, "-x", "c", header]) { RedirectStandardOutput = true })!;
        string text = gcc.StandardOutput.ReadToEnd();
        gcc.WaitForExit();
        Assert.That(gcc.ExitCode, Is.Zero);
        return text;
    }

    [GeneratedRegex(@"^#define (__NR\w+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex DefineLine();
}
