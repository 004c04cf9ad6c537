// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Memory events of a group. On version 2 the counters since its creation, on version 1 only that it is out of memory; null is unknown.</summary>
internal sealed record MemoryEvents(ulong? Low, ulong? High, ulong? Max, ulong? Oom, ulong? OomKill, ulong? OomGroupKill)
{
    /// <summary>What version 1 tells: the group is out of memory.</summary>
    internal static MemoryEvents OutOfMemory { get; } = new(null, null, null, 1, null, null);

    /// <summary>Reads the text of <c>memory.events</c>; names that later kernels add are skipped.</summary>
    internal static MemoryEvents Parse(string text)
    {
        Dictionary<string, ulong> counters = CgroupText.Counters(text);
        return new MemoryEvents(Value("low"), Value("high"), Value("max"), Value("oom"), Value("oom_kill"), Value("oom_group_kill"));

        ulong? Value(string name) => counters.TryGetValue(name, out ulong value) ? value : null;
    }
}
