// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>Thrown when a step between the launch request and <c>execve</c> fails. The message names step, path and errno.</summary>
internal sealed class LaunchFailedException(LaunchStage stage, int errno, string path)
    : Exception(Format(stage, errno, path))
{
    private const string Killed = "a process of the container was killed before its program ran; a limit of memory may be too small";

    internal LaunchStage Stage { get; } = stage;

    internal int Errno { get; } = errno;

    internal string Path { get; } = path;

    private static string Format(LaunchStage stage, int errno, string path)
    {
        string name = StageName(stage);
        string? hint = ErrnoHints.Find(name, errno) ?? (errno == (int)Interop.Errno.ECANCELED ? Killed : null);
        string target = path.Length > 0 ? " " + path : "";
        return $"{name}{target}: {ErrnoText.Describe(errno)} ({ErrnoText.Name(errno)}){(hint is null ? "" : "; " + hint)}";
    }

    private static string StageName(LaunchStage stage) => stage switch
    {
        LaunchStage.None => "launch",
        LaunchStage.Receive => "receive",
        LaunchStage.Fork => "fork",
        LaunchStage.Cgroup => "cgroup",
        LaunchStage.Session => "session",
        LaunchStage.Network => "network",
        LaunchStage.Namespaces => "unshare",
        LaunchStage.Root => "root",
        LaunchStage.Mount => "mount",
        LaunchStage.Mask => "mask",
        LaunchStage.PivotRoot => "pivot_root",
        LaunchStage.ForkPayload => "fork payload",
        LaunchStage.Descriptors => "descriptors",
        LaunchStage.Rlimits => "setrlimit",
        LaunchStage.Scheduling => "sched_setscheduler",
        LaunchStage.Identity => "identity",
        LaunchStage.Capabilities => "capabilities",
        LaunchStage.NoNewPrivs => "no_new_privs",
        LaunchStage.Seccomp => "seccomp",
        LaunchStage.Execve => "execve",
        LaunchStage.Label => "selinux.exec",
        LaunchStage.DropInit => "drop privileges of init",
        _ => "launcher",
    };
}
