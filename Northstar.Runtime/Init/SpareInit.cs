// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Init;

/// <summary>An init that was forked ahead: it is in its namespaces, its payload is forked too, and both wait for a request.</summary>
internal struct SpareInit
{
    /// <summary>Process id; 0 when there is none.</summary>
    internal int Pid;

    /// <summary>Its pidfd, which goes to the runtime with the launch; -1 once it has.</summary>
    internal int PidFd;

    /// <summary>The launcher's end of the socket on which init waits.</summary>
    internal int Init;

    /// <summary>The launcher's end of the socket on which the payload waits.</summary>
    internal int Payload;

    /// <summary>Whether a launch of this kind found none, or took it: the next idle moment makes one.</summary>
    internal bool IsDue;
}
