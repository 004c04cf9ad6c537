// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>What containers may call, call by call.</summary>
[TestFixtureSource(typeof(Filters), nameof(Architectures))]
internal sealed class SeccompProfileTests(Architecture architecture)
{
    private const ulong CloneNewNet = 0x40000000;
    private const ulong CloneThread = 0x3D0F00;

    [Test]
    public void T126_ValuesAndMask_AreAlternatives()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, Only(("delete_module", Args(1, [1], 6))));
        ulong[] allowed = [0, 1, 2, 4, 6];
        foreach (ulong value in Enumerable.Range(0, 9).Select(i => (ulong)i))
            Assert.That(answer("delete_module", [99, value]), Is.EqualTo(allowed.Contains(value) ? Allow : Kill), $"{value}");
        foreach (ulong value in allowed)
            Assert.That(answer("delete_module", [0, value | (1UL << 32)]), Is.EqualTo(Kill), $"{value} with a high bit");
    }

    [Test]
    public void Values_Several_EachIsAllowed()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, Only(("keyctl", Args(0, [3, 0x1_0000_0005, 7], null))));
        Assert.That(new ulong[] { 3, 4, 5, 7, 0x1_0000_0005, 0x1_0000_0003 }.Select(v => answer("keyctl", [v])), Is.EqualTo(new[] { Allow, Kill, Kill, Allow, Allow, Kill }));
    }

    [Test]
    public void U106_Personality_OnlyHarmlessVariants()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, Profile);
        foreach (ulong value in new ulong[] { 0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF })
            Assert.That(answer("personality", [value]), Is.EqualTo(Allow), $"{value:x}");
        foreach (ulong value in new ulong[] { 1, 0x40000, 0x20009, 0xFFFFFFFFFFFFFFFF, 0x1_0000_0000 })
            Assert.That(answer("personality", [value]), Is.EqualTo(Kill), $"{value:x}");
    }

    [TestCase("mount")]
    [TestCase("unshare")]
    [TestCase("setns")]
    [TestCase("bpf")]
    [TestCase("delete_module")]
    [TestCase("reboot")]
    [TestCase("keyctl")]
    [TestCase("add_key")]
    [TestCase("kexec_load")]
    [TestCase("userfaultfd")]
    [TestCase("perf_event_open")]
    [TestCase("open_by_handle_at")]
    [TestCase("pivot_root")]
    public void Profile_DangerousCall_IsDenied(string name)
    {
        Assert.That(Answers(architecture, Profile)(name, []), Is.EqualTo(Kill), "with a section");
        Assert.That(Answers(architecture, null)(name, []), Is.EqualTo(NotPermitted), "without a section");
        Assert.That(Answers(architecture, Profile, Capability.NetAdmin)(name, []), Is.EqualTo(Kill), "CAP_NET_ADMIN opens none of these");
        Assert.That(Answers(architecture, ProfileAnd((name, new SeccompRule.Any())))(name, []), Is.EqualTo(Allow), "named by the manifest");
    }

    [TestCase("execve")]
    [TestCase("read")]
    [TestCase("futex")]
    [TestCase("get_mempolicy")]
    [TestCase("openat")]
    [TestCase("rseq")]
    [TestCase("fchmodat2")]
    [TestCase("ptrace")]
    public void Profile_OrdinaryCall_IsAllowed(string name)
    {
        Assert.That(Answers(architecture, Profile)(name, []), Is.EqualTo(Allow));
        Assert.That(Answers(architecture, null)(name, []), Is.EqualTo(Allow));
    }

    [TestCase("clone3")]
    [TestCase("io_uring_setup")]
    [TestCase("io_uring_enter")]
    [TestCase("io_uring_register")]
    public void T128_ProbedCall_NotImplementedUnlessNamed(string name)
    {
        Assert.That(Answers(architecture, Profile)(name, []), Is.EqualTo(NotImplemented));
        Assert.That(Answers(architecture, null)(name, []), Is.EqualTo(NotImplemented));
        Assert.That(Answers(architecture, new Section(false, null))(name, []), Is.EqualTo(NotImplemented), "section without profile");
        Assert.That(Answers(architecture, Profile, Capability.SysAdmin)(name, []), Is.EqualTo(NotImplemented));
        Assert.That(Answers(architecture, Only((name, new SeccompRule.Any())))(name, []), Is.EqualTo(Allow));
    }

    [Test]
    public void T128_Clone_NamespacesNeedCapSysAdmin([Values] Capability capability)
    {
        foreach (Capability[] capabilities in new Capability[][] { [], [capability] })
        {
            Func<string, ulong[], uint> answer = Answers(architecture, Profile, capabilities);
            Assert.That(answer("clone", [CloneThread]), Is.EqualTo(Allow));
            foreach (int bit in new[] { 17, 25, 26, 27, 28, 29, 30 })
                Assert.That(answer("clone", [CloneThread | (1UL << bit)]), Is.EqualTo(capabilities is [Capability.SysAdmin] ? Allow : Kill), $"{capability}, bit {bit}");
        }

        Assert.That(Answers(architecture, null)("clone", [CloneNewNet]), Is.EqualTo(NotPermitted));
    }

    [Test]
    public void Ioctl_TypingIntoTheTerminal_IsDeniedByTheLowWord()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, Profile);
        foreach (ulong request in new ulong[] { 0x5412, 0x541C, 0x1_0000_5412, 0xFFFFFFFF_0000541C })
            Assert.That(answer("ioctl", [0, request]), Is.EqualTo(NotPermitted), $"{request:x}");
        Assert.That(answer("ioctl", [0, 0x5401]), Is.EqualTo(Allow));
        Assert.That(Answers(architecture, ProfileAnd(("ioctl", Args(1, [0x5412], null))))("ioctl", [0, 0x5412]), Is.EqualTo(Allow));
    }

    [Test]
    public void Socket_AlgorithmAndMachineFamilies_AreUnsupported()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, Profile);
        foreach (ulong family in new ulong[] { 1, 2, 10, 16 })
            Assert.That(answer("socket", [family, 1]), Is.EqualTo(Allow), $"{family}");
        foreach (ulong family in new ulong[] { 38, 40, 0x1_0000_0026 })
            Assert.That(answer("socket", [family, 1]), Is.EqualTo(0x00050061), $"{family}");
    }

    [Test]
    public void EmptySection_AllowsExecveAlone()
    {
        Func<string, ulong[], uint> answer = Answers(architecture, new Section(false, null));
        string[] allowed = [.. SyscallTable.For(architecture).Numbers.Keys.Where(n => answer(n, []) == Allow)];
        Assert.That(allowed, Is.EqualTo(new[] { "execve" }));
    }

    [Test]
    public void UnknownName_IsSkipped() =>
        Assert.That(Answers(architecture, Only(("no_such_call", new SeccompRule.Any())))("execve", []), Is.EqualTo(Allow));

    [Test]
    public void T127_WithoutSection_OptionManifestMeansNoFilter()
    {
        Assert.That(SeccompCompiler.Compile(architecture, Manifest(null), SeccompDefault.Manifest), Is.Null);
        Assert.That(SeccompCompiler.Compile(architecture, Manifest(Profile), SeccompDefault.Manifest), Is.Not.Null);
        Assert.That(SeccompCompiler.Compile(architecture, Manifest(null), SeccompDefault.Default), Is.Not.Null);
    }
}
