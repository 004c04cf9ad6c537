// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>The init of a container as a process. Disposing lets go of it.</summary>
internal interface IInitProcess : IDisposable
{
    /// <summary>Gets its host pid.</summary>
    int Pid { get; }

    /// <summary>Gets its wait status (waitpid(2)), once it was reaped and its PID namespace is gone.</summary>
    Task<int> Reaped { get; }

    /// <summary>Sends a signal to the container: SIGKILL ends all of it, others go to the process group of init and to the payload. Returns 0 or an errno.</summary>
    int Signal(int signal);
}
