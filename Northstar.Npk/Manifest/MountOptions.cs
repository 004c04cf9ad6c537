// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Options of a <c>bind</c> or <c>resource</c> mount.</summary>
[Flags]
public enum MountOptions
{
    /// <summary>Read-only, nothing else.</summary>
    None = 0,

    /// <summary><c>rw</c>: not read-only.</summary>
    ReadWrite = 1 << 0,

    /// <summary><c>noexec</c>: no execution.</summary>
    NoExec = 1 << 1,

    /// <summary><c>nosuid</c>: set-id bits are ignored.</summary>
    NoSuid = 1 << 2,

    /// <summary><c>nodev</c>: device nodes are ignored.</summary>
    NoDev = 1 << 3,

    /// <summary><c>rec</c>: submounts too (bind only).</summary>
    Recursive = 1 << 4,
}
