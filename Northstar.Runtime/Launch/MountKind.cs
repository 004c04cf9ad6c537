// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>How one mount of a plan comes about. Compiled into both sides.</summary>
internal enum MountKind : uint
{
    /// <summary>A detached mount that travels as descriptor.</summary>
    Attach = 1,

    /// <summary>A directory of a detached mount that travels as descriptor.</summary>
    AttachDirectory = 2,

    /// <summary>A new proc.</summary>
    Proc = 3,

    /// <summary>A new sysfs.</summary>
    Sysfs = 4,

    /// <summary>A new tmpfs.</summary>
    Tmpfs = 5,

    /// <summary>The launcher's prepared /dev.</summary>
    Dev = 6,

    /// <summary>A /dev of the container's own, with empty files that further mounts put devices on; the data are their paths, joined by line feeds.</summary>
    DevWithNodes = 7,
}
