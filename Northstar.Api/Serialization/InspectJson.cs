// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Inspect data.</summary>
internal static class InspectJson
{
    internal static InspectData Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        var seen = default(MemberSet);
        Manifest? manifest = null;
        string repository = "";
        bool mounted = false;
        string? integrity = null;
        TrustData? trust = null;
        ProcessData? process = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "manifest"u8, 0))
            {
                manifest = ReadManifest(ref reader, line);
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
                process = reader.TokenType == JsonTokenType.Null ? null : ReadProcess(ref reader, line);
            }
            else if (seen.Take(ref reader, "integrity"u8, 4))
            {
                integrity = reader.TokenType == JsonTokenType.Null ? null : Scalars.ReadString(ref reader);
            }
            else if (seen.Take(ref reader, "trust"u8, 5))
            {
                trust = reader.TokenType == JsonTokenType.Null ? null : TrustJson.Read(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new InspectData { Manifest = manifest!, Repository = repository, Mounted = mounted, Integrity = integrity, Trust = trust, Process = process };
    }

    internal static void Write(Utf8JsonWriter writer, InspectData data)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("manifest"u8);
        ManifestJson.Write(writer, data.Manifest);
        writer.WriteString("repository"u8, data.Repository);
        writer.WriteBoolean("mounted"u8, data.Mounted);
        writer.WritePropertyName("process"u8);
        if (data.Process is { } process)
        {
            writer.WriteStartObject();
            writer.WriteNumber("pid"u8, process.Pid);
            writer.WriteNumber("uptime"u8, process.UptimeNanoseconds);
            writer.WritePropertyName("statistics"u8);
            writer.WriteRawValue(process.Statistics.Utf8Json, skipInputValidation: true);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNullValue();
        }

        // Beyond the protocol of the reference, whose clients skip it.
        writer.WriteString("integrity"u8, data.Integrity);
        if (data.Trust is { } trust)
        {
            writer.WritePropertyName("trust"u8);
            TrustJson.Write(writer, trust);
        }

        writer.WriteEndObject();
    }

    private static Manifest ReadManifest(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> json = SkipObject(ref reader, line);
        try
        {
            return ManifestJson.Read(json);
        }
        catch (ManifestException e)
        {
            throw new ProtocolException($"console message: {e.Message}", e);
        }
    }

    private static ProcessData ReadProcess(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        var seen = default(MemberSet);
        uint pid = 0;
        ulong uptime = 0;
        ProcessStatistics? statistics = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "pid"u8, 0))
            {
                pid = Scalars.ReadUInt32(ref reader);
            }
            else if (seen.Take(ref reader, "uptime"u8, 1))
            {
                uptime = Scalars.ReadUInt64(ref reader);
            }
            else if (seen.Take(ref reader, "statistics"u8, 2))
            {
                statistics = ProcessStatistics.FromChecked(SkipObject(ref reader, line));
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new ProcessData(pid, uptime, statistics!);
    }

    private static ReadOnlySpan<byte> SkipObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        Json.Expect(ref reader, JsonTokenType.StartObject);
        int start = (int)reader.TokenStartIndex;
        Json.SkipValue(ref reader);
        return line[start..(int)reader.BytesConsumed];
    }
}
