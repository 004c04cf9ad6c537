// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>Which of several matching resource versions is taken.</summary>
public enum ResourceSelection
{
    /// <summary>The highest.</summary>
    Highest,

    /// <summary>The lowest, as runtimes of 0.9 and before did.</summary>
    Lowest,
}

/// <summary>What a bind mount does whose source is missing on the host.</summary>
public enum MissingBind
{
    /// <summary>It is left out, with a warning that names container and path.</summary>
    Skip,

    /// <summary>The start fails.</summary>
    Error,
}

/// <summary>Which seccomp filter a container without a <c>seccomp</c> section gets.</summary>
public enum SeccompDefault
{
    /// <summary>The default profile.</summary>
    Default,

    /// <summary>None: only what a manifest asks for.</summary>
    Manifest,
}

/// <summary>How images of repositories with a key are protected against changes after verification.</summary>
public enum IntegrityMode
{
    /// <summary>dm-verity where the kernel has it, sealed memory elsewhere.</summary>
    Auto,

    /// <summary>dm-verity.</summary>
    DmVerity,

    /// <summary>A verified copy in sealed memory.</summary>
    SealedMemory,
}

/// <summary>What happens to a container whose image turns out to be corrupted.</summary>
public enum CorruptionPolicy
{
    /// <summary>It is stopped and its package is refused until it is installed again.</summary>
    Stop,

    /// <summary>It is reported only.</summary>
    Report,

    /// <summary>As <see cref="Stop"/>, and the runtime ends with an error, for whoever started it to act on: the host may restart.</summary>
    Exit,
}

/// <summary>What happens to installed packages that are revoked.</summary>
public enum RevocationPolicy
{
    /// <summary>They are not mounted and not started any more, and containers that use them are killed.</summary>
    Stop,

    /// <summary>They are reported only.</summary>
    Report,
}
