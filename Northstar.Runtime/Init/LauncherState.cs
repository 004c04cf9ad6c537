// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Init;

/// <summary>What the launcher prepares once and every child uses.</summary>
internal unsafe struct LauncherState
{
    /// <summary>Buffer for requests; the plan of a child lies in it.</summary>
    internal byte* Buffer;

    /// <summary>Size of <see cref="Buffer"/> in bytes.</summary>
    internal int BufferLength;

    /// <summary>Readable when a child ended.</summary>
    internal int SignalFd;

    /// <summary>The launcher's own PID namespace, to return to after a fork.</summary>
    internal int OwnPidNamespace;

    /// <summary>Process id of the launcher, to notice its death before the parent-death signal is set.</summary>
    internal int Pid;
}
