// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>What containers may call, as files that are reviewed: a difference is a change of what containers may do.</summary>
/// <remarks><c>NORTHSTAR_ACCEPT_GOLDEN=1</c> writes the files anew.</remarks>
[TestFixtureSource(typeof(Filters), nameof(Architectures))]
internal sealed class SeccompGoldenTests(Architecture architecture)
{
    private readonly string _name = architecture == Architecture.X64 ? "x86-64" : "aarch64";

    [Test]
    public void H52_DefaultProfile_EveryCall_IsAsRecorded()
    {
        string table = Table(Compile(null));
        Compare($"default-{_name}.txt", table);
        Assert.That(Table(Compile(Profile)).Replace("kill", "EPERM", StringComparison.Ordinal), Is.EqualTo(table.Replace("kill", "EPERM", StringComparison.Ordinal)), "a section only kills");
    }

    [Test]
    public void H52_DefaultProfile_Program_IsAsRecorded()
    {
        var text = new StringBuilder();
        foreach (BpfInstruction instruction in MemoryMarshal.Cast<byte, BpfInstruction>(Compile(null)))
            text.Append(CultureInfo.InvariantCulture, $"{instruction.Code:x2} {instruction.JumpTrue} {instruction.JumpFalse} {instruction.Constant:x8}\n");
        Compare($"program-{_name}.txt", text.ToString());
    }

    [Test]
    public void C13_Capabilities_EachAdds_WhatIsRecorded()
    {
        Compare($"capabilities-{_name}.txt", Additions(Profile));
        Assert.That(Additions(null), Is.EqualTo(Additions(Profile)), "without a section");
    }

    [Test]
    public void C13_CapNetAdmin_OpensNothing()
    {
        foreach (Section? section in new[] { null, Profile })
        {
            uint denied = section is null ? NotPermitted : Kill;
            Func<string, ulong[], uint> answer = Answers(architecture, section, Capability.NetAdmin);
            foreach (string name in new[] { "mount", "unshare", "setns", "bpf" })
                Assert.That(answer(name, []), Is.EqualTo(denied), name);
            foreach (int bit in new[] { 17, 25, 26, 27, 28, 29, 30 })
                Assert.That(answer("clone", [1UL << bit]), Is.EqualTo(denied), $"clone, bit {bit}");
            Assert.That(Compile(section, Capability.NetAdmin), Is.EqualTo(Compile(section)));
        }
    }

    private byte[] Compile(Section? section, params Capability[] capabilities) =>
        SeccompCompiler.Compile(architecture, Manifest(section, capabilities), SeccompDefault.Default)!;

    private string Describe(byte[] program, uint number) => FilterText.Describe(program, number, AuditArch(architecture));

    private IEnumerable<(uint Number, string Name)> Calls()
    {
        var names = SyscallTable.For(architecture).Numbers.ToDictionary(static pair => pair.Value, static pair => pair.Key);
        return Enumerable.Range(0, (int)SyscallTable.For(architecture).Last + 1).Select(n => ((uint)n, names.GetValueOrDefault((uint)n, "-")));
    }

    private string Table(byte[] program)
    {
        var text = new StringBuilder();
        foreach ((uint number, string name) in Calls())
            text.Append(CultureInfo.InvariantCulture, $"{number} {name} {Describe(program, number)}\n");
        foreach (uint number in new uint[] { SyscallTable.For(architecture).Last + 1, 0x3FFFFFFF, 0x40000000, 0xFFFFFFFF })
            text.Append(CultureInfo.InvariantCulture, $"0x{number:x} - {Describe(program, number)}\n");
        return text.ToString();
    }

    private string Additions(Section? section)
    {
        byte[] before = Compile(section);
        var text = new StringBuilder();
        foreach (Capability capability in Enum.GetValues<Capability>())
        {
            byte[] after = Compile(section, capability);
            IEnumerable<string> changes = Calls().Select(c => (c.Name, Before: Describe(before, c.Number), After: Describe(after, c.Number)))
                .Where(static c => c.Before != c.After).Select(static c => c.After == "allow" ? c.Name : $"{c.Name} ({c.After})").Order(StringComparer.Ordinal);
            text.AppendJoin(' ', [ManifestWords.Capability[capability], .. changes]).Append('\n');
        }

        return text.ToString();
    }

    private static void Compare(string file, string text)
    {
        string path = Path.Combine(HostProbe.Repository, "Northstar.Tests", "Fixtures", "golden", "seccomp", file);
        if (Environment.GetEnvironmentVariable("NORTHSTAR_ACCEPT_GOLDEN") == "1")
            File.WriteAllText(path, text);
        Assert.That(text.Split('\n'), Is.EqualTo(File.ReadAllLines(path).Append("")), path);
    }
}
