// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <summary>Inspect data for people: indented JSON.</summary>
internal static class InspectText
{
    internal static string Format(InspectData data)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("manifest"u8);
            ManifestJson.Write(writer, data.Manifest);
            writer.WriteString("repository"u8, data.Repository);
            writer.WriteBoolean("mounted"u8, data.Mounted);
            writer.WriteString("integrity"u8, data.Integrity);
            WriteTrust(writer, data.Trust);
            WriteProcess(writer, data.Process);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteTrust(Utf8JsonWriter writer, TrustData? trust)
    {
        if (trust is null)
        {
            return;
        }

        writer.WriteStartObject("trust"u8);
        writer.WriteString("key"u8, trust.Key);
        writer.WriteString("package"u8, trust.Package);
        writer.WriteStartArray("pin"u8);
        foreach (string key in trust.Pin)
        {
            writer.WriteStringValue(key);
        }

        writer.WriteEndArray();
        writer.WriteString("floor"u8, trust.Floor?.ToString());
        writer.WriteString("revoked"u8, trust.Revoked);
        writer.WriteString("refused"u8, trust.Refused);
        writer.WriteEndObject();
    }

    private static void WriteProcess(Utf8JsonWriter writer, ProcessData? process)
    {
        if (process is null)
        {
            writer.WriteNull("process"u8);
            return;
        }

        writer.WriteStartObject("process"u8);
        writer.WriteNumber("pid"u8, process.Pid);
        writer.WriteNumber("uptime"u8, process.UptimeNanoseconds);
        writer.WritePropertyName("statistics"u8);
        process.Statistics.ToJson().WriteTo(writer);
        writer.WriteEndObject();
    }
}
