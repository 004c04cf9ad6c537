// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Writes the statistics of block I/O: counters of version 1 by device, and those of version 2 in <c>io_stat</c>.</summary>
internal static class BlkioStatistics
{
    private static readonly string[] s_services = ["io_merged", "io_queued", "io_service_bytes", "io_serviced", "io_service_time", "io_wait_time"];
    private static readonly string[] s_throttledServices = ["io_service_bytes", "io_serviced"];
    private static readonly string[] s_throttles = ["read_bps_device", "read_iops_device", "write_bps_device", "write_iops_device"];
    private static readonly string[] s_data = ["sectors", "sectors_recursive", "time", "time_recursive", "leaf_weight_device", "weight_device"];
    private static readonly string[] s_operations = ["read", "write", "sync", "async", "discard", "total"];
    private static readonly string[] s_unified = ["rbytes", "wbytes", "rios", "wios", "dbytes", "dios"];

    internal static void Write(Utf8JsonWriter writer, Func<string, string> read)
    {
        writer.WriteStartObject("blkio"u8);
        WriteServices(writer, s_services, name => Scheduler(read, name));
        foreach (string name in s_data)
            WriteData(writer, name, Scheduler(read, name));
        writer.WriteNumber("leaf_weight"u8, CgroupText.Counter(Scheduler(read, "leaf_weight")));
        writer.WriteNumber("weight"u8, CgroupText.Counter(Scheduler(read, "weight")));
        writer.WriteStartObject("throttle"u8);
        WriteServices(writer, s_throttledServices, name => read("blkio.throttle." + name));
        foreach (string name in s_throttles)
            WriteData(writer, name, read("blkio.throttle." + name));
        writer.WriteEndObject();
        WriteUnified(writer, read("io.stat"));
        writer.WriteEndObject();
    }

    // The files of the scheduler CFQ have plain names, those of BFQ, which came after it, its own.
    private static string Scheduler(Func<string, string> read, string name) => read("blkio." + name) is { Length: > 0 } text ? text : read("blkio.bfq." + name);

    private static void WriteServices(Utf8JsonWriter writer, string[] names, Func<string, string> read)
    {
        foreach (string name in names)
        {
            foreach (string suffix in (string[])["", "_recursive"])
                WriteService(writer, name + suffix, read(name + suffix));
        }
    }

    private static void WriteService(Utf8JsonWriter writer, string name, string text)
    {
        Dictionary<(short Major, short Minor), ulong[]> devices = [];
        ulong sum = 0;
        foreach (string[] words in Lines(text))
        {
            if (words is ["Total", var total])
                sum = CgroupText.Counter(total);
            else if (words is [var device, var operation, var count] && CgroupText.TryDevice(device, out short major, out short minor))
                Count(devices, (major, minor), operation, count);
        }

        writer.WriteStartArray(name);
        foreach (((short major, short minor), ulong[] counts) in devices)
        {
            WriteDevice(writer, major, minor);
            for (int i = 0; i < s_operations.Length; i++)
                writer.WriteNumber(s_operations[i], counts[i]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber(name + "_total", sum);
    }

    private static void Count(Dictionary<(short Major, short Minor), ulong[]> devices, (short Major, short Minor) device, string operation, string count)
    {
        int column = Array.FindIndex(s_operations, known => known.Equals(operation, StringComparison.OrdinalIgnoreCase));
        if (column < 0)
            return;
        if (!devices.TryGetValue(device, out ulong[]? counts))
            devices.Add(device, counts = new ulong[s_operations.Length]);
        counts[column] = CgroupText.Counter(count);
    }

    private static void WriteData(Utf8JsonWriter writer, string name, string text)
    {
        writer.WriteStartArray(name);
        foreach (string[] words in Lines(text))
        {
            if (words is not [var device, var data] || !CgroupText.TryDevice(device, out short major, out short minor))
                continue;
            WriteDevice(writer, major, minor);
            writer.WriteNumber("data"u8, CgroupText.Counter(data));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteUnified(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartArray("io_stat"u8);
        foreach (string[] words in Lines(text))
        {
            if (words.Length < 2 || !CgroupText.TryDevice(words[0], out short major, out short minor))
                continue;
            WriteDevice(writer, major, minor);
            foreach (string name in s_unified)
            {
                string? word = Array.Find(words, w => w.StartsWith(name + "=", StringComparison.Ordinal));
                writer.WriteNumber(name, word is null ? 0 : CgroupText.Counter(word.AsSpan(name.Length + 1)));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteDevice(Utf8JsonWriter writer, short major, short minor)
    {
        writer.WriteStartObject();
        writer.WriteNumber("major"u8, major);
        writer.WriteNumber("minor"u8, minor);
    }

    private static IEnumerable<string[]> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
