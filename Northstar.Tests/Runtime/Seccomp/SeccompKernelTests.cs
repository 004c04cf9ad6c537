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

/// <summary>Filters in the kernel: what it does with every call, and programs that run below a filter. Needs no root, only a C compiler.</summary>
[Category("Kernel")]
internal sealed class SeccompKernelTests
{
    /// <summary>What the probe reports of a call that the filter allows; none is carried out.</summary>
    private const int Passed = 4000;

    private const int BadSystemCall = 31;
    private const int SegmentationFault = 11;

    /// <summary>uretprobe and uprobe of x86-64: newer kernels (6.14) let them past every filter, since probes put them into programs that know nothing of it.</summary>
    private static readonly uint[] s_pastFilters = [335, 336];

    private static readonly Architecture s_own = RuntimeInformation.ProcessArchitecture;

    private string _directory = null!;

    private static IEnumerable<TestCaseData> Policies =>
    [
        Case("no section", null),
        Case("no section, every capability", null, Enum.GetValues<Capability>()),
        Case("empty section", new Section(false, null)),
        Case("profile", Profile),
        Case("profile, CAP_NET_ADMIN", Profile, Capability.NetAdmin),
        Case("profile, CAP_SYS_ADMIN", Profile, Capability.SysAdmin),
        Case("profile and rules", ProfileAnd(("keyctl", Args(0, [3, 0x1_0000_0005], 6)), ("ioctl", Args(1, [0x5412], null)), ("clone3", new SeccompRule.Any()))),
        Case("rules", Only(("delete_module", Args(1, [1], 6)), ("read", new SeccompRule.Any()), ("io_uring_setup", Args(0, null, 0xFF)))),
    ];

    private static TestCaseData Case(string name, Section? section, params Capability[] capabilities) =>
        new TestCaseData(section, capabilities).SetArgDisplayNames(name);

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("northstar-seccomp-").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCaseSource(nameof(Policies))]
    public void U106_H52_Kernel_AnyCall_DoesWhatTheProgramSays(Section? section, Capability[] capabilities) => Compare(Manifest(section, capabilities), 1);

    [Test]
    public void U106_H52_Kernel_RandomManifests_DoesWhatTheProgramSays()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new RandomPolicy(seed, s_own);
        for (int i = 0; i < 4; i++)
            Compare(random.Next(), seed);
    }

    [Test]
    public void H52_Kernel_ForeignArchitecture_IsKilled()
    {
        if (s_own != Architecture.X64)
            Assert.Ignore($"needs x86-64, which has the entry of i386, not {s_own}");
        int[] results = Probe(Compile(null), [.. Enumerable.Range(0, 600).Select(static n => new Request((uint)n, Compatibility: 1, new ulong[6]))]);
        if (results.All(static r => r == -SegmentationFault))
            Assert.Ignore("needs the calls of i386: this kernel has no int 0x80");
        Assert.That(results, Is.All.EqualTo(-BadSystemCall));
    }

    [TestCase("gcc", "-pthread")]
    [TestCase("gcc", "-pthread", "-static")]
    [TestCase("musl-gcc", "-pthread", "-static")]
    public void H52_T128_DefaultProfile_ThreadedProgram_Runs(string compiler, params string[] flags)
    {
        string program = CCompiler.Compile(compiler, "seccomp/exercise.c", _directory, flags);
        foreach (Section? section in new[] { null, Profile })
            Assert.That(RunBelow(Compile(section), program, "threads"), Is.EqualTo((0, "threads: 8\n", "")));
        Assert.That(RunBelow(Compile(Only(("read", new SeccompRule.Any()))), program, "threads").Status, Is.EqualTo(128 + BadSystemCall), "the filter holds");
    }

    [Test]
    public void H52_Ioctl_TypingIntoTheTerminalWithAHighBit_IsDenied()
    {
        string program = CCompiler.Compile("gcc", "seccomp/exercise.c", _directory, "-pthread");
        string ioctl = $"{SyscallTable.For(s_own).Numbers["ioctl"]}";
        Assert.That(RunBelow(Compile(null), program, "call", ioctl, "0", "0x100005412").Output, Is.EqualTo("errno: 1\n"));
        Assert.That(RunBelow(Compile(null), program, "call", ioctl, "-1", "0x5401").Output, Is.EqualTo("errno: 9\n"), "another request reaches the kernel: EBADF");
    }

    private static byte[] Compile(Section? section) => SeccompCompiler.Compile(s_own, Manifest(section), SeccompDefault.Default)!;

    private void Compare(Manifest manifest, int seed)
    {
        byte[] program = SeccompCompiler.Compile(s_own, manifest, SeccompDefault.Default)!;
        var reading = new PolicyReading(s_own, manifest);
        var random = new RandomPolicy(seed, s_own);
        Request[] requests =
        [
            .. from n in Enumerable.Range(-1, 602)
               from number in new[] { unchecked((uint)n), unchecked((uint)n) | 0x40000000 }
               where s_own != Architecture.X64 || !s_pastFilters.Contains(number)
               from arguments in random.Arguments(reading, number).Take(reading.DependsOnArguments(number) ? 300 : 1)
               select new Request(number, 0, arguments),
        ];
        int[] results = Probe(program, requests);
        var interpreter = new BpfInterpreter(program);
        IEnumerable<string> wrong = requests.Zip(results, (request, result) => (request, result, Expected: Result(interpreter.Run(request.Number, AuditArch(s_own), request.Arguments))))
            .Where(static r => r.result != r.Expected)
            .Select(static r => $"call {r.request.Number:x} with {string.Join(' ', r.request.Arguments)} gives {r.result}, not {r.Expected}");
        Assert.That(wrong, Is.Empty);
    }

    private static int Result(uint answer) => answer switch
    {
        Allow => Passed,
        Kill => -BadSystemCall,
        _ => (int)(answer & 0xFFFF),
    };

    private readonly record struct Request(uint Number, ulong Compatibility, ulong[] Arguments);

    /// <summary>Lets the kernel answer calls: the errno, <see cref="Passed"/>, or the signal that killed the process, negative.</summary>
    private int[] Probe(byte[] filter, Request[] requests)
    {
        string probe = CCompiler.Compile("gcc", "seccomp/probe.c", _directory);
        ulong[] words = [.. requests.SelectMany(static r => (ulong[])[r.Number, r.Compatibility, .. r.Arguments])];
        File.WriteAllBytes(Path.Combine(_directory, "requests"), MemoryMarshal.AsBytes(words.AsSpan()));
        File.WriteAllBytes(Path.Combine(_directory, "results"), new byte[sizeof(int) * requests.Length]);
        File.WriteAllBytes(Path.Combine(_directory, "filter"), filter);
        (int status, _, string errors) = CCompiler.Run(probe, [.. new[] { "filter", "requests", "results" }.Select(name => Path.Combine(_directory, name))]);
        Assert.That(status, Is.Zero, errors);
        return MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(Path.Combine(_directory, "results"))).ToArray();
    }

    private (int Status, string Output, string Errors) RunBelow(byte[] filter, params string[] command)
    {
        string probe = CCompiler.Compile("gcc", "seccomp/probe.c", _directory);
        File.WriteAllBytes(Path.Combine(_directory, "filter"), filter);
        return CCompiler.Run(probe, ["run", Path.Combine(_directory, "filter"), .. command]);
    }
}
