// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>The compiled program against a reading of the manifest: every number, arguments on every edge, every architecture.</summary>
/// <remarks>Each run takes another seed and prints it; <c>NORTHSTAR_TESTS_SEED</c> repeats one.</remarks>
[TestFixtureSource(typeof(Filters), nameof(Architectures))]
internal sealed class SeccompAgreementTests(Architecture architecture)
{
    private const int RandomManifests = 60;

    /// <summary>i386, arm, riscv64, riscv32, s390x, and none. The x32 ABI has no number of its own, but bit 30 of the call.</summary>
    private static readonly uint[] s_foreign = [0x40000003, 0x40000028, 0xC00000F3, 0x400000F3, 0x80000016, 0];

    private static readonly uint[] s_numbers =
    [
        .. Enumerable.Range(0, 1025).SelectMany(static n => new[] { (uint)n, (uint)n | 0x40000000, (uint)n | 0x80000000 }),
        uint.MaxValue, 0xBFFFFFFF, 0x3FFFFFFF, 0x7FFFFFFF,
    ];

    private static readonly Section s_wide = ProfileAnd(
        ("clone3", new SeccompRule.Any()),
        ("keyctl", Args(0, [11, 12, 0x1_0000_000B], 0x01)),
        ("ioctl", Args(1, [0x5412], null)),
        ("mount", Args(3, null, 0xF000_0000_0000_0001)),
        ("io_uring_setup", Args(0, [8], null)),
        ("add_key", Args(1, null, ~(1UL << 32))),
        ("setns", Args(1, null, 0xFFFFFFFF_00000000)),
        ("acct", Args(0, [1UL << 32], 0xFFFFFFFF)),
        ("unshare", Args(5, [.. Enumerable.Range(0, 50).Select(i => (ulong)i << 31)], 0x7)));

    private static IEnumerable<TestCaseData> Sections =>
    [
        Case("none", null),
        Case("none, every capability", null, Enum.GetValues<Capability>()),
        Case("empty", new Section(false, null)),
        Case("profile, every capability", Profile, Enum.GetValues<Capability>()),
        Case("profile and rules", s_wide),
        Case("rules", s_wide with { UsesDefaultProfile = false }),
        Case("three hundred rules", new Section(false, SyscallTable.For(Architecture.X64).Numbers.Keys.Take(300).ToDictionary(n => n, n => Args(2, [1, 2, 3], 0x10)))),
    ];

    private readonly int _seed =
        Environment.GetEnvironmentVariable("NORTHSTAR_TESTS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();

    private static TestCaseData Case(string name, Section? section, params Capability[] capabilities) =>
        new TestCaseData(section, capabilities).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Sections))]
    public void U106_Program_AnyCall_AnswersAsTheManifestSays(Section? section, Capability[] capabilities) =>
        Compare(Manifest(section, capabilities), new RandomPolicy(_seed, architecture));

    [Test]
    public void U106_Program_EachCapability_AnswersAsTheManifestSays([Values] Capability capability, [Values] bool withSection) =>
        Compare(Manifest(withSection ? Profile : null, capability), new RandomPolicy(_seed, architecture));

    [Test]
    public void U106_Program_RandomManifests_AnswersAsTheManifestSays()
    {
        TestContext.Out.WriteLine($"NORTHSTAR_TESTS_SEED={_seed}");
        var random = new RandomPolicy(_seed, architecture);
        for (int i = 0; i < RandomManifests; i++)
            Compare(random.Next(), random);
    }

    private void Compare(Manifest manifest, RandomPolicy random)
    {
        var filter = new BpfInterpreter(SeccompCompiler.Compile(architecture, manifest, SeccompDefault.Default)!);
        var reading = new PolicyReading(architecture, manifest);
        uint[] foreign = [.. s_foreign, AuditArch(architecture == Architecture.X64 ? Architecture.Arm64 : Architecture.X64)];
        uint own = AuditArch(architecture);
        foreach (uint number in s_numbers)
        {
            foreach (ulong[] arguments in random.Arguments(reading, number))
                Check(number, own, arguments);
            foreach (uint auditArch in foreign)
                Check(number, auditArch, new ulong[6]);
        }

        Assert.That(filter.Count, Is.LessThanOrEqualTo(4096));

        void Check(uint number, uint auditArch, ulong[] arguments)
        {
            uint answer = filter.Run(number, auditArch, arguments);
            uint expected = reading.Answer(number, auditArch, arguments);
            if (answer != expected)
            {
                Assert.Fail(
                    $"seed {_seed}: call {number:x} of {auditArch:x} with {string.Join(' ', arguments.Select(static a => a.ToString("x", CultureInfo.InvariantCulture)))} " +
                    $"gives {answer:x8}, not {expected:x8}, by {System.Text.Encoding.UTF8.GetString(ManifestWriter.WriteYaml(manifest))}");
            }
        }
    }
}
