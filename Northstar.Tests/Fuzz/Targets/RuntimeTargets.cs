// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>What the kernel, northstar-init and containers tell the runtime. None of these readers refuses: what has no meaning is absent.</summary>
internal static class RuntimeTargets
{
    private static readonly string[] s_mountinfo =
    [
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:5 master:2 - cgroup cgroup rw,cpu,cpuacct\n",
        "41 31 0:38 / /mnt/with\\040blank\\012\\134 rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n42 31 0:38 / /mnt/second rw - cgroup2 cgroup2 rw\nnonsense\n",
        "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd", " - ", "1 2 3 4 5 - cgroup x", "a\\777\\7\\08 b c d e - cgroup2 x y",
    ];

    private static readonly string[] s_texts =
    [
        "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n", "max\n", "18446744073709551615", "-1", "9223372036854775808",
        "cache 1\nrss 2\ntotal_cache 18446744073709551615\nhierarchical_memory_limit 9223372036854775807\n",
        "total=1 N0=1 N1=2\nfile=3 N0=3\nanon=4\nunevictable=0 N0=0\nhierarchical_total=9 N0=9\n", "oom_kill_disable 0\nunder_oom 1\noom_kill 2\n",
        "8:0 Read 1\n8:0 Write 2\n8:0 Sync 3\n8:0 Async 4\n8:0 Discard 5\n8:0 Total 6\n253:32768 Read 1\nTotal 6\n",
        "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n259:1 rbytes=x\n", "8:0 77\n8:1 x\n:\n", "",
    ];

    internal static IEnumerable<FuzzTarget> All()
    {
        yield return Text("mountinfo", s_mountinfo, 12_000, CgroupMounts.Parse, CheckMounts);
        yield return Text("cgroup-text", s_texts, 6_000, ReadStatistics, static (_, _) => { });
        yield return PlanTarget.Create();
        yield return LaunchReplyTarget.Create();
        yield return InitMessageTarget.Create();
        yield return OutputTarget.Create();
    }

    private static FuzzTarget Text(string name, string[] texts, int cases, Func<string, object> parse, Action<string, object> check)
    {
        byte[][] corpus = Corpora.Bytes(texts);
        return new FuzzTarget
        {
            Name = name,
            Corpus = corpus,
            Mutator = new TextMutator([" - ", "cgroup", "cgroup2", "\\040", "max", "8:0", "N0=", "Total"], corpus),
            Parse = input => new FuzzOutcome(parse(Encoding.UTF8.GetString(input))),
            Check = (input, value) => check(Encoding.UTF8.GetString(input), value),
            AllocationCapBytes = 4 << 20,
            AllocationPerByte = 1024, // one text is read as every file of a group
            Cases = cases,
        };
    }

    private static void CheckMounts(string text, object value)
    {
        var mounts = (CgroupMounts)value;
        FuzzException.Require(mounts.Unified is null || text.Contains("cgroup2", StringComparison.Ordinal), "a mount of version 2 is in the text");
        FuzzException.Require(mounts.V1.Count == 0 || text.Contains("cgroup", StringComparison.Ordinal), "a mount of version 1 is in the text");
    }

    /// <summary>Reads a text as every control file at once, and returns the statistics, which are JSON whatever it says.</summary>
    private static object ReadStatistics(string text)
    {
        _ = MemoryEvents.Parse(text);
        _ = CgroupText.Counter(text);
        _ = CgroupText.Limit(text, 0);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            MemoryStatistics.WriteV1(writer, _ => text);
            MemoryStatistics.WriteV2(writer, _ => text);
            BlkioStatistics.Write(writer, _ => text);
            writer.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.ValueKind;
    }
}
