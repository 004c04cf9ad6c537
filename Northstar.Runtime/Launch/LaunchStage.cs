// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>The steps of a launch in the order they run; a failure names the step it happened in. Compiled into both sides.</summary>
internal enum LaunchStage : uint
{
    /// <summary>No step.</summary>
    None = 0,

    /// <summary>Launcher: take over the request.</summary>
    Receive = 1,

    /// <summary>Launcher: new PID namespace and fork of init.</summary>
    Fork = 2,

    /// <summary>Init: new session.</summary>
    Session = 4,

    /// <summary>Init: network namespace.</summary>
    Network = 5,

    /// <summary>Init: mount, IPC, UTS and cgroup namespaces.</summary>
    Namespaces = 6,

    /// <summary>Init: attach the root.</summary>
    Root = 7,

    /// <summary>Init: the mounts of the manifest.</summary>
    Mount = 8,

    /// <summary>Init: hide paths of proc and sysfs.</summary>
    Mask = 9,

    /// <summary>Init: change the root.</summary>
    PivotRoot = 10,

    /// <summary>Init: join the cgroups, and a cgroup namespace below them.</summary>
    Cgroup = 3,

    /// <summary>Init: fork of the payload.</summary>
    ForkPayload = 11,

    /// <summary>Payload: standard streams and inherited descriptors.</summary>
    Descriptors = 12,

    /// <summary>Payload: resource limits.</summary>
    Rlimits = 13,

    /// <summary>Payload: scheduling policy and priority.</summary>
    Scheduling = 14,

    /// <summary>Payload: groups, gid and uid.</summary>
    Identity = 15,

    /// <summary>Payload: capability sets.</summary>
    Capabilities = 16,

    /// <summary>Payload: no_new_privs.</summary>
    NoNewPrivs = 17,

    /// <summary>Payload: seccomp filter.</summary>
    Seccomp = 18,

    /// <summary>Payload: execve.</summary>
    Execve = 19,

    /// <summary>Init: its own privileges, after the payload was forked.</summary>
    DropInit = 20,

    /// <summary>Launcher: its own start.</summary>
    Launcher = 21,

    /// <summary>Payload: SELinux label of the program.</summary>
    Label = 22,
}
