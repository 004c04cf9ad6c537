// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>The compiled tree against the policy it was made of, read rule by rule.</summary>
[TestFixtureSource(typeof(Filters), nameof(Architectures))]
internal sealed class SeccompCompilerTests(Architecture architecture)
{
    private static readonly Section s_wide = ProfileAnd(
        ("clone3", new SeccompRule.Any()),
        ("keyctl", Args(0, [11, 12, 0x1_0000_000B], 0x01)),
        ("ioctl", Args(1, [0x5412], null)),
        ("mount", Args(3, null, 0xF000_0000_0000_0001)),
        ("io_uring_setup", Args(0, [8], null)),
        ("unshare", Args(5, [.. Enumerable.Range(0, 50).Select(i => (ulong)i << 31)], 0x7)));

    private static IEnumerable<TestCaseData> Sections =>
    [
        Case("none", null),
        Case("none, administrator", null, Capability.SysAdmin),
        Case("empty", new Section(false, null)),
        Case("profile", Profile),
        Case("profile, every capability", Profile, Enum.GetValues<Capability>()),
        Case("profile and rules", s_wide),
        Case("rules", s_wide with { UsesDefaultProfile = false }),
        Case("three hundred rules", new Section(false, SyscallTable.For(Architecture.X64).Numbers.Keys.Take(300).ToDictionary(n => n, n => Args(2, [1, 2, 3], 0x10)))),
    ];

    private static TestCaseData Case(string name, Section? section, params Capability[] capabilities) =>
        new TestCaseData(section, capabilities).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Sections))]
    public void U106_Tree_AnyNumberAndArguments_AnswersAsThePolicy(Section? section, Capability[] capabilities)
    {
        SeccompPolicy policy = SeccompPolicy.Create(architecture, Manifest(section, capabilities), SeccompDefault.Default)!;
        var filter = new BpfInterpreter(SeccompCompiler.Compile(policy));
        var random = new Random(20240921);
        int deepest = 0;
        foreach (uint low in Enumerable.Range(0, 1025).Select(i => (uint)i).Append(uint.MaxValue).Append(0x7FFFFFFFu))
        {
            foreach (uint number in new[] { low, low | 0x40000000, low | 0x80000000 })
            {
                foreach (ulong[] arguments in Arguments(random, policy.Rules.GetValueOrDefault(number)))
                {
                    Assert.That(filter.Run(number, AuditArch(architecture), arguments), Is.EqualTo(Expected(policy, number, arguments)), $"{number:x} {string.Join(' ', arguments)}");
                    deepest = Math.Max(deepest, filter.Steps);
                }
            }

            Assert.That(filter.Run(low, 0x40000003, [0]), Is.EqualTo(Kill));
        }

        Assert.That(filter.Count, Is.LessThanOrEqualTo(4096));
        TestContext.Out.WriteLine($"{filter.Count} instructions, at most {deepest} steps");
    }

    [Test]
    public void DefaultProfile_WithoutCapabilities_IsShort()
    {
        var filter = new BpfInterpreter(SeccompCompiler.Compile(architecture, Manifest(null), SeccompDefault.Default)!);
        int longest = Enumerable.Range(0, 512).Max(n =>
        {
            filter.Run((uint)n, AuditArch(architecture));
            return filter.Steps;
        });
        TestContext.Out.WriteLine($"{filter.Count} instructions, at most {longest} steps");
        Assert.That(filter.Count, Is.LessThanOrEqualTo(130));
        Assert.That(longest, Is.LessThanOrEqualTo(20));
    }

    [Test]
    public void U106_ForeignArchitecture_AnyNumber_IsKilled()
    {
        var filter = new BpfInterpreter(SeccompCompiler.Compile(architecture, Manifest(null), SeccompDefault.Default)!);
        uint[] foreign = [0, 0x40000003, 0x40000028, 0x80000016, AuditArch(architecture == Architecture.X64 ? Architecture.Arm64 : Architecture.X64)];
        foreach (uint arch in foreign)
            Assert.That(filter.Run(SyscallTable.For(architecture).Numbers["read"], arch, 0), Is.EqualTo(Kill), $"{arch:x}");
    }

    [Test]
    public void Compile_MoreThanTheKernelTakes_NamesTheLimit()
    {
        ulong[] values = [.. Enumerable.Range(0, 50).Select(i => (ulong)i << 32)];
        var section = new Section(false, SyscallTable.For(architecture).Numbers.Keys.Take(100).ToDictionary(n => n, n => Args(0, values, null)));
        Assert.That(
            () => SeccompCompiler.Compile(architecture, Manifest(section), SeccompDefault.Default),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("4096"));
    }

    private static uint Expected(SeccompPolicy policy, uint number, ulong[] arguments)
    {
        if (number > policy.Table.Last)
            return policy.Table.HasX32 && number >= 0x40000000 ? Kill : NotImplemented;
        if (!policy.Rules.TryGetValue(number, out SyscallRule? rule))
            return policy.Denied.Value;
        foreach (ArgumentTest test in rule.Tests)
        {
            if (test.Values.Contains(arguments[test.Index] & test.Mask))
                return test.Action.Value;
        }

        return rule.Otherwise!.Value.Value;
    }

    private static IEnumerable<ulong[]> Arguments(Random random, SyscallRule? rule)
    {
        yield return new ulong[6];
        yield return Enumerable.Repeat(ulong.MaxValue, 6).ToArray();
        yield return Enumerable.Range(0, 6).Select(_ => (ulong)random.NextInt64()).ToArray();
        foreach (ArgumentTest test in rule?.Tests ?? [])
        {
            foreach (ulong value in test.Values)
            {
                ulong noise = (ulong)random.NextInt64();
                foreach (ulong argument in new[] { value, value ^ 1, value | (1UL << 32), value ^ (noise & ~test.Mask), value ^ noise, value + 1 })
                    yield return Enumerable.Repeat(argument, 6).ToArray();
            }
        }
    }
}
