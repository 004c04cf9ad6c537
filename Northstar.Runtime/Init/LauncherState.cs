// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Init;

/// <summary>What the launcher prepares once and every child uses.</summary>
internal unsafe struct LauncherState
{
    /// <summary>Buffer for requests; the plan of a child lies in it.</summary>
    internal byte* Buffer;

    /// <summary>Readable when a child ended.</summary>
    internal int SignalFd;

    /// <summary>The launcher's own PID namespace, to return to after a fork.</summary>
    internal int OwnPidNamespace;

    /// <summary>A pidfd of the launcher itself, by which children see whether it has ended.</summary>
    internal int PidFd;

    /// <summary>The spare init for containers with a network namespace of their own.</summary>
    internal SpareInit OwnNetwork;

    /// <summary>The spare init for containers in a network namespace that exists.</summary>
    internal SpareInit SharedNetwork;
}
