// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The state of one installed container and what it consumes (extension <see cref="ProtocolExtensions.Statistics"/>).</summary>
/// <param name="Container">The container.</param>
/// <param name="Repository">The repository that it is installed in.</param>
/// <param name="Mounted">Whether it is mounted.</param>
/// <param name="Process">What its processes consume, or null when it is not started.</param>
public sealed record ContainerStatistics(ContainerId Container, string Repository, bool Mounted, ProcessUsage? Process = null);

/// <summary>What the processes of a started container consume. A figure that the machine cannot tell is null.</summary>
/// <param name="Pid">The process id of the container's init, as the runtime sees it.</param>
/// <param name="UptimeNanoseconds">The time since the start in nanoseconds.</param>
/// <param name="CpuNanoseconds">
/// The processor time of all its processes since the start in nanoseconds, of all processors together: from <c>cpuacct.usage</c> or <c>cpu.stat</c>, else
/// summed up over its processes, to a clock tick (10 ms).
/// </param>
/// <param name="MemoryBytes">The memory charged to its cgroup, page cache included.</param>
/// <param name="MemoryLimitBytes">The limit of that memory; null when there is none.</param>
/// <param name="Tasks">The number of its threads.</param>
public sealed record ProcessUsage(uint Pid, ulong UptimeNanoseconds, ulong? CpuNanoseconds, ulong? MemoryBytes, ulong? MemoryLimitBytes, ulong? Tasks);
