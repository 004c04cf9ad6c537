// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Requests and notifications of the extension <c>output</c>.</summary>
internal static class OutputJson
{
    internal static Request.OutputSubscribe ReadSubscribe(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        bool stdout = false;
        bool stderr = false;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "stdout"u8, 1))
            {
                stdout = Scalars.ReadBool(ref reader);
            }
            else if (seen.Take(ref reader, "stderr"u8, 2))
            {
                stderr = Scalars.ReadBool(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new Request.OutputSubscribe(container, stdout, stderr);
    }

    internal static Notification.Output ReadOutput(ref Utf8JsonReader reader, ContainerId container)
    {
        Content content = ReadContent(ref reader, "data"u8);
        return new Notification.Output(container, content.Stream, content.Data);
    }

    internal static Notification.OutputLost ReadLost(ref Utf8JsonReader reader, ContainerId container)
    {
        Content content = ReadContent(ref reader, "bytes"u8);
        return new Notification.OutputLost(container, content.Stream, content.Bytes);
    }

    internal static Notification.OutputEnd ReadEnd(ref Utf8JsonReader reader, ContainerId container) =>
        new(container, ReadContent(ref reader, default).Stream);

    internal static void Write(Utf8JsonWriter writer, Notification.Output output)
    {
        WriteStart(writer, "output"u8, output.Container, output.Stream);
        writer.WriteBase64String("data"u8, output.Data.Span);
        WriteEnd(writer);
    }

    internal static void Write(Utf8JsonWriter writer, Notification.OutputLost lost)
    {
        WriteStart(writer, "output_lost"u8, lost.Container, lost.Stream);
        writer.WriteNumber("bytes"u8, lost.Bytes);
        WriteEnd(writer);
    }

    internal static void Write(Utf8JsonWriter writer, Notification.OutputEnd end)
    {
        WriteStart(writer, "output_end"u8, end.Container, end.Stream);
        WriteEnd(writer);
    }

    private static void WriteStart(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ContainerId container, OutputSource stream)
    {
        writer.WriteStartArray(name);
        Scalars.Write(writer, container);
        writer.WriteStartObject();
        writer.WriteString("stream"u8, stream == OutputSource.Stdout ? "stdout"u8 : "stderr"u8);
    }

    private static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static Content ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        var seen = default(MemberSet);
        var content = default(Content);
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "stream"u8, 0))
            {
                content.Stream = ReadStream(ref reader);
            }
            else if (member.IsEmpty || !seen.Take(ref reader, member, 1))
            {
                Json.SkipMember(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.Number)
            {
                content.Bytes = Scalars.ReadUInt64(ref reader);
                content.IsNumber = true;
            }
            else
            {
                content.Data = Scalars.ReadBytes(ref reader);
            }
        }

        seen.Require(ref reader, member.IsEmpty ? 1 : 2);
        if (content.IsNumber != member.SequenceEqual("bytes"u8))
        {
            Json.Fail(ref reader, "a number of bytes is needed, and only there");
        }

        return content;
    }

    private static OutputSource ReadStream(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.String);
        if (reader.ValueTextEquals("stdout"u8))
        {
            return OutputSource.Stdout;
        }

        if (!reader.ValueTextEquals("stderr"u8))
        {
            Json.Fail(ref reader, "stdout or stderr is needed");
        }

        return OutputSource.Stderr;
    }

    private struct Content
    {
        internal OutputSource Stream;
        internal ReadOnlyMemory<byte> Data;
        internal ulong Bytes;
        internal bool IsNumber;
    }
}
