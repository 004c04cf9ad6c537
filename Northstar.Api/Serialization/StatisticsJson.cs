// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The answer to <c>statistics</c>.</summary>
internal static class StatisticsJson
{
    internal static ContainerStatistics[] Read(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<ContainerStatistics>();
        while (Json.NextElement(ref reader))
        {
            list.Add(ReadOne(ref reader));
        }

        return [.. list];
    }

    internal static void Write(Utf8JsonWriter writer, IReadOnlyList<ContainerStatistics> containers)
    {
        writer.WriteStartArray();
        for (int i = 0; i < containers.Count; i++)
        {
            ContainerStatistics container = containers[i];
            writer.WriteStartObject();
            Scalars.Write(writer, "container"u8, container.Container);
            writer.WriteString("repository"u8, container.Repository);
            writer.WriteBoolean("mounted"u8, container.Mounted);
            writer.WritePropertyName("process"u8);
            Write(writer, container.Process);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ProcessUsage? usage)
    {
        if (usage is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteNumber("pid"u8, usage.Pid);
        writer.WriteNumber("uptime"u8, usage.UptimeNanoseconds);
        Scalars.Write(writer, "cpu"u8, usage.CpuNanoseconds);
        Scalars.Write(writer, "memory"u8, usage.MemoryBytes);
        Scalars.Write(writer, "memory_limit"u8, usage.MemoryLimitBytes);
        Scalars.Write(writer, "tasks"u8, usage.Tasks);
        writer.WriteEndObject();
    }

    private static ContainerStatistics ReadOne(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        string repository = "";
        bool mounted = false;
        ProcessUsage? process = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "repository"u8, 1))
            {
                repository = Scalars.ReadString(ref reader);
            }
            else if (seen.Take(ref reader, "mounted"u8, 2))
            {
                mounted = Scalars.ReadBool(ref reader);
            }
            else if (seen.Take(ref reader, "process"u8, 3))
            {
                process = reader.TokenType == JsonTokenType.Null ? null : ReadUsage(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new ContainerStatistics(container, repository, mounted, process);
    }

    private static ProcessUsage ReadUsage(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        var usage = new ProcessUsage(0, 0, null, null, null, null);
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "pid"u8, 0))
            {
                usage = usage with { Pid = Scalars.ReadUInt32(ref reader) };
            }
            else if (seen.Take(ref reader, "uptime"u8, 1))
            {
                usage = usage with { UptimeNanoseconds = Scalars.ReadUInt64(ref reader) };
            }
            else if (seen.Take(ref reader, "cpu"u8, 2))
            {
                usage = usage with { CpuNanoseconds = Scalars.ReadUInt64OrNull(ref reader) };
            }
            else if (seen.Take(ref reader, "memory"u8, 3))
            {
                usage = usage with { MemoryBytes = Scalars.ReadUInt64OrNull(ref reader) };
            }
            else if (seen.Take(ref reader, "memory_limit"u8, 4))
            {
                usage = usage with { MemoryLimitBytes = Scalars.ReadUInt64OrNull(ref reader) };
            }
            else if (seen.Take(ref reader, "tasks"u8, 5))
            {
                usage = usage with { Tasks = Scalars.ReadUInt64OrNull(ref reader) };
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return usage;
    }
}
