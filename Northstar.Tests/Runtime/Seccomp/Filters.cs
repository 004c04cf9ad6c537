// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>Manifests and compiled filters for the tests of this folder.</summary>
internal static class Filters
{
    internal const uint Allow = 0x7FFF0000;
    internal const uint Kill = 0x80000000;
    internal const uint NotPermitted = 0x00050001;
    internal const uint NotImplemented = 0x00050026;

    internal static readonly Architecture[] Architectures = [Architecture.X64, Architecture.Arm64];

    internal static readonly Section Profile = new(true, null);

    internal static Manifest Manifest(Section? section, params Capability[] capabilities) => new()
    {
        Name = ContainerName.Parse("filtered"),
        Version = PackageVersion.Parse("1.0.0"),
        Init = "/init",
        Uid = 1000,
        Gid = 1000,
        Seccomp = section,
        Capabilities = capabilities,
    };

    internal static Section Only(params (string Name, SeccompRule Rule)[] rules) => new(false, rules.ToDictionary(r => r.Name, r => r.Rule));

    internal static Section ProfileAnd(params (string Name, SeccompRule Rule)[] rules) => new(true, rules.ToDictionary(r => r.Name, r => r.Rule));

    internal static SeccompRule Args(uint index, ulong[]? values, ulong? mask) => new SeccompRule.Args(index, values, mask);

    internal static uint AuditArch(Architecture architecture) => architecture == Architecture.X64 ? 0xC000003E : 0xC00000B7;

    /// <summary>Answers to calls by name.</summary>
    internal static Func<string, ulong[], uint> Answers(Architecture architecture, Section? section, params Capability[] capabilities)
    {
        byte[]? program = SeccompCompiler.Compile(architecture, Manifest(section, capabilities), SeccompDefault.Default);
        Assert.That(program, Is.Not.Null);
        var interpreter = new BpfInterpreter(program!);
        return (name, arguments) => interpreter.Run(SyscallTable.For(architecture).Numbers[name], AuditArch(architecture), arguments);
    }
}
