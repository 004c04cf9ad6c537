// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>The system calls of one architecture by name.</summary>
/// <remarks>
/// Names are those of the kernel's headers without prefix (<c>asm/unistd_64.h</c>, <c>asm-generic/unistd.h</c>). The tables are our own,
/// not the build host's, so that a manifest means the same wherever the runtime was built.
/// </remarks>
internal sealed partial class SyscallTable
{
    private static readonly Lazy<SyscallTable> s_x64 = new(static () => new SyscallTable(Sys.AUDIT_ARCH_X86_64, X64Names));
    private static readonly Lazy<SyscallTable> s_arm64 = new(static () => new SyscallTable(Sys.AUDIT_ARCH_AARCH64, Arm64Names));

    private readonly Dictionary<string, uint> _numbers;

    private SyscallTable(uint auditArch, string names)
    {
        AuditArch = auditArch;
        _numbers = new Dictionary<string, uint>(400, StringComparer.Ordinal);
        uint next = 0;
        foreach (Range word in names.AsSpan().SplitAny(' ', '\n'))
        {
            ReadOnlySpan<char> text = names.AsSpan()[word];
            if (text.IsEmpty)
                continue;
            if (char.IsAsciiDigit(text[0]))
                next = uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            else
                _numbers.Add(text.ToString(), next++);
        }

        Last = next - 1;
    }

    /// <summary>Gets the architecture's number in a filter's input (AUDIT_ARCH_*).</summary>
    internal uint AuditArch { get; }

    /// <summary>Gets the highest number of the table; what is above is newer than the table.</summary>
    internal uint Last { get; }

    /// <summary>Gets a value indicating whether calls of another ABI come with this architecture's number and bit 30 set (x32).</summary>
    internal bool HasX32 => AuditArch == Sys.AUDIT_ARCH_X86_64;

    /// <summary>Gets the numbers by name.</summary>
    internal IReadOnlyDictionary<string, uint> Numbers => _numbers;

    /// <summary>Returns the table of <paramref name="architecture"/>.</summary>
    /// <exception cref="PlatformNotSupportedException">There is none.</exception>
    internal static SyscallTable For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => s_x64.Value,
        Architecture.Arm64 => s_arm64.Value,
        _ => throw new PlatformNotSupportedException($"seccomp filter: no system call table for {architecture}; x86-64 and aarch64 have one"),
    };
}
