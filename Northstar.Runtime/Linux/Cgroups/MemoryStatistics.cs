// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Writes the statistics of the memory controller in the shape of version 1, which the console protocol has for both.</summary>
internal static class MemoryStatistics
{
    private static readonly string[] s_counters =
    [
        "cache", "rss", "rss_huge", "shmem", "mapped_file", "dirty", "writeback", "swap", "pgpgin", "pgpgout", "pgfault", "pgmajfault",
        "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable",
    ];

    private static readonly string[] s_limits = ["hierarchical_memory_limit", "hierarchical_memsw_limit"];

    private static readonly string[] s_pages = ["total", "file", "anon", "unevictable"];

    internal static void WriteV1(Utf8JsonWriter writer, Func<string, string> read) => Write(writer, read);

    internal static void WriteV2(Utf8JsonWriter writer, Func<string, string> read) => Write(writer, file => FromV2(file, read));

    // Where version 2 keeps the figure; what it does not have is unreadable, hence zero.
    private static string FromV2(string file, Func<string, string> read) => file switch
    {
        "memory.usage_in_bytes" => read("memory.current"),
        "memory.max_usage_in_bytes" => read("memory.peak"),
        "memory.limit_in_bytes" => read("memory.max"),
        "memory.soft_limit_in_bytes" => read("memory.low"),
        "memory.swappiness" => read("memory.swap.current"),
        "memory.stat" => read("memory.stat"),
        _ => "",
    };

    private static void Write(Utf8JsonWriter writer, Func<string, string> read)
    {
        writer.WriteStartObject("memory"u8);

        writer.WriteStartObject("memory"u8);
        WriteUsage(writer, read, "memory", absentLimit: 0);
        writer.WriteNumber("soft_limit_in_bytes"u8, CgroupText.Limit(read("memory.soft_limit_in_bytes"), 0));
        writer.WriteNumber("move_charge_at_immigrate"u8, CgroupText.Counter(read("memory.move_charge_at_immigrate")));
        writer.WriteNumber("swappiness"u8, CgroupText.Counter(read("memory.swappiness")));
        writer.WriteNumber("use_hierarchy"u8, CgroupText.Counter(read("memory.use_hierarchy")));
        WriteOomControl(writer, CgroupText.Counters(read("memory.oom_control")));
        WriteNuma(writer, read("memory.numa_stat"));
        WriteStat(writer, CgroupText.Counters(read("memory.stat")));
        writer.WriteEndObject();

        writer.WriteStartObject("kmem"u8);
        WriteUsage(writer, read, "memory.kmem", absentLimit: -1);
        writer.WriteString("slabinfo"u8, read("memory.kmem.slabinfo"));
        writer.WriteEndObject();

        writer.WriteStartObject("kmem_tcp"u8);
        WriteUsage(writer, read, "memory.kmem.tcp", absentLimit: 0);
        writer.WriteEndObject();

        writer.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter writer, Func<string, string> read, string prefix, long absentLimit)
    {
        writer.WriteNumber("fail_cnt"u8, CgroupText.Counter(read(prefix + ".failcnt")));
        writer.WriteNumber("limit_in_bytes"u8, CgroupText.Limit(read(prefix + ".limit_in_bytes"), absentLimit));
        writer.WriteNumber("usage_in_bytes"u8, CgroupText.Counter(read(prefix + ".usage_in_bytes")));
        writer.WriteNumber("max_usage_in_bytes"u8, CgroupText.Counter(read(prefix + ".max_usage_in_bytes")));
    }

    private static void WriteOomControl(Utf8JsonWriter writer, Dictionary<string, ulong> values)
    {
        writer.WriteStartObject("oom_control"u8);
        writer.WriteBoolean("oom_kill_disable"u8, values.GetValueOrDefault("oom_kill_disable") != 0);
        writer.WriteBoolean("under_oom"u8, values.GetValueOrDefault("under_oom") != 0);
        writer.WriteNumber("oom_kill"u8, values.GetValueOrDefault("oom_kill"));
        writer.WriteEndObject();
    }

    private static void WriteNuma(Utf8JsonWriter writer, string text)
    {
        var lines = text.Split('\n').Select(static line => line.Split(' ')).GroupBy(static words => words[0].Split('=')[0]).ToDictionary(static g => g.Key, static g => g.First());
        writer.WriteStartObject("numa_stat"u8);
        foreach (string prefix in (string[])["", "hierarchical_"])
        {
            foreach (string kind in s_pages)
            {
                string[] words = lines.GetValueOrDefault(prefix + kind, []);
                writer.WriteNumber(prefix + kind + "_pages", words.Length == 0 ? 0 : Assigned(words[0]));
                writer.WriteStartArray(prefix + kind + "_pages_per_node");
                foreach (string node in words.Skip(1))
                    writer.WriteNumberValue(Assigned(node));
                writer.WriteEndArray();
            }
        }

        writer.WriteEndObject();
    }

    private static ulong Assigned(string word) => CgroupText.Counter(word.AsSpan(word.IndexOf('=', StringComparison.Ordinal) + 1));

    private static void WriteStat(Utf8JsonWriter writer, Dictionary<string, ulong> values)
    {
        writer.WriteStartObject("stat"u8);
        foreach (string name in s_counters)
            writer.WriteNumber(name, values.GetValueOrDefault(name));
        foreach (string name in s_limits)
            writer.WriteNumber(name, (long)Math.Min(values.GetValueOrDefault(name), long.MaxValue));
        foreach (string name in s_counters)
            writer.WriteNumber("total_" + name, values.GetValueOrDefault("total_" + name));
        writer.WriteStartObject("raw"u8);
        foreach ((string name, ulong value) in values)
            writer.WriteNumber(name, value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
