// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Northstar.Samples;

/// <summary>
/// The report as one JSON object on one line: the keys of the text form, and what programs also want to know. Namespaces are
/// links such as <c>pid:[4026531836]</c>; <c>cgroup</c> has one entry per hierarchy.
/// </summary>
internal static class InspectionJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static ReadOnlySpan<byte> Format(Inspection inspection)
    {
        var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_options))
        {
            writer.WriteStartObject();
            WriteCommonPart(writer, inspection);
            WriteDetails(writer);
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteCommonPart(Utf8JsonWriter writer, Inspection inspection)
    {
        WriteNumbers(writer, inspection.Ids);
        writer.WriteStartArray("getgroups");
        foreach (uint group in inspection.Groups)
            writer.WriteNumberValue(group);
        writer.WriteEndArray();
        foreach ((string key, string value) in inspection.Paths)
            writer.WriteString(key, value);
        WriteNumbers(writer, inspection.Scheduling);
        foreach ((string key, string[] names) in inspection.Capabilities)
            WriteStrings(writer, key, names);
        string[][] descriptors = [.. inspection.Descriptors.Select(static entry => new[] { entry.Path, entry.Target })];
        WriteObjects(writer, "/proc/self/fd", descriptors, "path", "target");
        writer.WriteNumber("total", inspection.Descriptors.Length);
        WriteMounts(writer, inspection.Mounts);
        WriteObjects(writer, "/proc/self/limits", inspection.Limits.Skip(1).Select(LimitColumns), "name", "soft", "hard", "unit");
    }

    private static void WriteDetails(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("namespaces");
        foreach (string path in Directory.GetFiles("/proc/self/ns").Order(StringComparer.Ordinal))
            writer.WriteString(Path.GetFileName(path), Commands.LinkTarget(path));
        writer.WriteEndObject();

        writer.WriteStartObject("environment");
        foreach ((string name, string value) in Commands.Variables())
            writer.WriteString(name, value);
        writer.WriteEndObject();

        writer.WriteString("hostname", Environment.MachineName);
        WriteNumbers(writer, [("NoNewPrivs", StatusNumber("NoNewPrivs")), ("Seccomp", StatusNumber("Seccomp")), ("securebits", Native.SecureBits())]);

        writer.WriteStartArray("cgroup");
        foreach (string line in File.ReadLines("/proc/self/cgroup"))
        {
            string[] parts = line.Split(':', 3);
            writer.WriteStartObject();
            writer.WriteNumber("hierarchy", int.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture));
            WriteStrings(writer, "controllers", parts[1].Length == 0 ? [] : parts[1].Split(','));
            writer.WriteString("path", parts[2]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static long StatusNumber(string field) =>
        long.Parse(ProcessStatus.Field(field), NumberStyles.None, CultureInfo.InvariantCulture);

    private static void WriteMounts(Utf8JsonWriter writer, string[] mounts)
    {
        writer.WriteStartArray("/proc/self/mounts");
        foreach (string mount in mounts)
        {
            string[] columns = mount.Split(' ');
            writer.WriteStartObject();
            writer.WriteString("source", columns[0]);
            writer.WriteString("target", columns[1]);
            writer.WriteString("type", columns[2]);
            WriteStrings(writer, "options", columns[3].Split(','));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Splits a row of the limits table: names contain blanks, so columns are where the kernel pads them to.</summary>
    private static string[] LimitColumns(string line) =>
        [line[..26].TrimEnd(), line[26..47].TrimEnd(), line[47..68].TrimEnd(), line[68..].TrimEnd()];

    private static void WriteNumbers(Utf8JsonWriter writer, (string Key, long Value)[] entries)
    {
        foreach ((string key, long value) in entries)
            writer.WriteNumber(key, value);
    }

    private static void WriteStrings(Utf8JsonWriter writer, string key, IEnumerable<string> values)
    {
        writer.WriteStartArray(key);
        foreach (string value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    private static void WriteObjects(Utf8JsonWriter writer, string key, IEnumerable<string[]> rows, params string[] names)
    {
        writer.WriteStartArray(key);
        foreach (string[] row in rows)
        {
            writer.WriteStartObject();
            foreach ((string name, string value) in names.Zip(row))
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
