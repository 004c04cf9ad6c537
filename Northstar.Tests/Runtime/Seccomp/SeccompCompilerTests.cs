// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>The size of compiled programs.</summary>
[TestFixtureSource(typeof(Filters), nameof(Architectures))]
internal sealed class SeccompCompilerTests(Architecture architecture)
{
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
    public void Compile_MoreThanTheKernelTakes_NamesTheLimit()
    {
        ulong[] values = [.. Enumerable.Range(0, 50).Select(i => (ulong)i << 32)];
        var section = new Section(false, SyscallTable.For(architecture).Numbers.Keys.Take(100).ToDictionary(n => n, n => Args(0, values, null)));
        Assert.That(
            () => SeccompCompiler.Compile(architecture, Manifest(section), SeccompDefault.Default),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("4096"));
    }
}
