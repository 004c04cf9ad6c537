// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Samples;

/// <summary>The report as lines; tests read them in this order.</summary>
internal static class InspectionText
{
    internal static string Format(Inspection inspection)
    {
        var text = new StringBuilder();
        foreach ((string key, long value) in inspection.Ids)
            Line(text, $"{key}: {value}");
        Line(text, $"getgroups: [{string.Join(", ", inspection.Groups)}]");
        foreach ((string key, string value) in inspection.Paths)
            Line(text, $"{key}: {value}");
        foreach ((string key, long value) in inspection.Scheduling)
            Line(text, $"{key}: {value}");
        foreach ((string key, string[] names) in inspection.Capabilities)
            Line(text, $"{key}: {{{string.Join(", ", names)}}}");

        Line(text, "/proc/self/fd:");
        foreach ((string path, string target) in inspection.Descriptors)
            Line(text, $"{path}: {target}");
        Line(text, $"total: {inspection.Descriptors.Length}");

        Line(text, "/proc/self/mounts:");
        foreach (string mount in inspection.Mounts)
            Line(text, mount);
        Line(text, "/proc/self/limits:");
        foreach (string limit in inspection.Limits)
            Line(text, limit);
        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
