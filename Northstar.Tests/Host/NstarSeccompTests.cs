// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Host;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>The verb that makes a seccomp section of a log of strace.</summary>
public sealed class NstarSeccompTests
{
    private const string Mixed = "1 openat(AT_FDCWD, \"/\")\n1 delete_module(0)\n[pid 2] reboot(1)\n1 <... x resumed>)\n";

    [TestCase(Mixed, "profile: default\nallow:\n  delete_module: any\n  reboot: any\n")]
    [TestCase(Mixed, "allow:\n  delete_module: any\n  openat: any\n  reboot: any\n", "--no-default-profile")]
    [TestCase("1 read(3)\n1 close(3)\n", "profile: default\n")]
    [TestCase("", "profile: default\n")]
    [TestCase("", "{}\n", "--no-default-profile")]
    [TestCase("clone(0)\nclone3(0)\npersonality(0)\nget_mempolicy(0)\nioctl(0)\nio_uring_setup(0)\n", "profile: default\nallow:\n  io_uring_setup: any\n")]
    public async Task T279_Seccomp_OfALog_IsTheSection(string log, string section, params string[] options)
    {
        Invocation run = await RunAsync(log, options);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, section, "")));
        string manifest = $"name: a\nversion: 1.0.0\ninit: /a\nuid: 1\ngid: 1\nseccomp:\n  {section.Replace("\n", "\n  ", StringComparison.Ordinal)}\n";
        Assert.That(ManifestReader.Parse(Encoding.UTF8.GetBytes(manifest)).Seccomp, Is.Not.Null, "a manifest takes it");
    }

    [TestCase("openat(AT_FDCWD, \"/etc\")", "openat")]
    [TestCase("4711 read(3, 0x1, 2)", "read")]
    [TestCase("4711  read(3)", "read")]
    [TestCase("  4711read(3)", "read")]
    [TestCase("[pid  4711] write(1, \"a\", 1)", "write")]
    [TestCase("4711 futex(0x1, FUTEX_WAIT <unfinished ...>", "futex")]
    [TestCase("\tstat64(0)", "stat64")]
    [TestCase("4711 syscall_0x1d7(0x1)", "syscall_0x1d7")]
    [TestCase("12:30:01 read(3)", "read")]
    [TestCase("12:30:01.123456 read(3)", "read")]
    [TestCase("4711 12:30:01 read(3)", "read")]
    [TestCase("[pid 4711] 12:30:01.5 read(3)", "read")]
    [TestCase("1700000000.123456 read(3)", "read")]
    [TestCase("4711 1700000000 read(3)", "read")]
    [TestCase("     0.000123 read(3)", "read")]
    [TestCase("4711      0.000123 read(3)", "read")]
    [TestCase("4711 12:30:01 (+     0.000123) read(3)", "read")]
    [TestCase("4711 <... futex resumed>) = 0", null)]
    [TestCase("4711 --- SIGCHLD {si_signo=SIGCHLD} ---", null)]
    [TestCase("4711 +++ exited with 0 +++", null)]
    [TestCase("4711 12:30:01 +++ exited with 0 +++", null)]
    [TestCase("strace: Process 4712 attached", null)]
    [TestCase("[pid 4711 read(3)", null)]
    [TestCase("read (3)", null)]
    [TestCase("täst(3)", null)]
    [TestCase("% time     seconds  usecs/call     calls    errors syscall", null)]
    [TestCase(" 25.00    0.000012           3         4           read", null)]
    public async Task T279_Seccomp_OfALine_TakesTheNameOfACall(string line, string? name)
    {
        Invocation run = await RunAsync(line + "\n", "--no-default-profile");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, name is null ? "{}\n" : $"allow:\n  {name}: any\n", "")));
    }

    [Test]
    public async Task T279_Seccomp_MissingFile_NamesIt()
    {
        Invocation run = await Invocation.RunAsync("nstar", ["seccomp", "/nonexistent/log", "--no-default-profile"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.StartWith("Error: read the log /nonexistent/log: "));
    }

    [Test]
    public async Task T279_Seccomp_StrictOfALogWithoutCalls_Fails()
    {
        Invocation run = await RunAsync("strace: Process 4712 attached\n", "--strict");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.Contain("no line begins a system call"));
        Assert.That((await RunAsync("read(3)\n", "--strict")).Code, Is.EqualTo(ExitCode.Success));
    }

    [TestCase(Architecture.X64, "arch_prctl")]
    [TestCase(Architecture.Arm64, "set_tls")]
    public void GetNames_OfAnArchitecture_AreThoseWithoutCapabilities(Architecture architecture, string own)
    {
        IReadOnlySet<string> names = DefaultSeccompProfile.GetNames(architecture);
        Assert.That(names, Is.SupersetOf(new[] { own, "read", "execve", "clone", "clone3", "personality", "get_mempolicy", "mbind" }));
        Assert.That(names.Intersect(["delete_module", "mount", "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf"]), Is.Empty);
    }

    private static async Task<Invocation> RunAsync(string log, params string[] options)
    {
        using var folder = new TestFolder();
        return await Invocation.RunAsync("nstar", ["seccomp", folder.Write("strace.log", Encoding.UTF8.GetBytes(log)), .. options]);
    }
}
