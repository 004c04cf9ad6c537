// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Writes the statistics of the cpu controller.</summary>
internal static class CpuStatistics
{
    internal static void Write(Utf8JsonWriter writer, Func<string, string> read)
    {
        writer.WriteStartObject("cpu"u8);
        writer.WriteString("stat"u8, read("cpu.stat"));
        writer.WriteEndObject();
    }
}
