// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Northstar.Api;

/// <summary>Turns messages of the console protocol into lines of JSON and back.</summary>
/// <remarks>Source: chapters 2 and 3 of the protocol, version 0.9.3. All methods are thread safe.</remarks>
public static class MessageCodec
{
    /// <summary>The deepest nesting of a message.</summary>
    internal const int MaxDepth = 127;

    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A writer is expensive to make and costs nothing to keep.
    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>Appends a message and its line feed.</summary>
    /// <param name="output">Gets the line. After an exception it may hold a part of it.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="ArgumentException">The program, an argument or the environment of a start has U+0000.</exception>
    public static void Encode(IBufferWriter<byte> output, Message message)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(message);
        Utf8JsonWriter writer = s_writer ??= new Utf8JsonWriter(output, WriterOptions with { SkipValidation = true });
        writer.Reset(output);
        try
        {
            WriteEnvelope(writer, message);
            writer.Flush();
        }
        finally
        {
            writer.Reset(Stream.Null);
        }

        output.Write("\n"u8);
    }

    /// <summary>Reads one line.</summary>
    /// <param name="line">The line, with or without its line end. The message keeps no reference to it.</param>
    /// <exception cref="ProtocolException">The line is no message.</exception>
    public static Message Decode(ReadOnlySpan<byte> line)
    {
        line = line is [.., (byte)'\n'] ? line[..^1] : line;
        if (line.Contains((byte)'\n') || !Utf8.IsValid(line))
        {
            throw new ProtocolException("console message: a line of UTF-8 is needed");
        }

        try
        {
            return ReadEnvelope(line);
        }
        catch (JsonException e)
        {
            throw new ProtocolException($"console message: byte {e.BytePositionInLine}: no JSON, or nested too deeply", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader's way to refuse an escape that is half of a surrogate pair.
            throw new ProtocolException("console message: a string is no text", e);
        }
    }

    /// <summary>Reads one line.</summary>
    /// <param name="line">The line, with or without its line end. The message keeps no reference to it.</param>
    /// <exception cref="ProtocolException">The line is no message.</exception>
    public static Message Decode(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            return Decode(line.FirstSpan);
        }

        int length = checked((int)line.Length);
        byte[] copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            line.CopyTo(copy);
            return Decode(copy.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static void WriteEnvelope(Utf8JsonWriter writer, Message message)
    {
        writer.WriteStartObject();
        switch (message)
        {
            case Request m:
                writer.WritePropertyName("request"u8);
                RequestJson.Write(writer, m);
                break;
            case Response m:
                writer.WritePropertyName("response"u8);
                ResponseJson.Write(writer, m);
                break;
            case Notification m:
                writer.WritePropertyName("notification"u8);
                NotificationJson.Write(writer, m);
                break;
            case Connect m:
                writer.WritePropertyName("connect"u8);
                HandshakeJson.Write(writer, m);
                break;
            case ConnectNack m:
                writer.WritePropertyName("connect_nack"u8);
                HandshakeJson.Write(writer, m);
                break;
            default:
                writer.WritePropertyName("connect_ack"u8);
                HandshakeJson.Write(writer, (ConnectAck)message);
                break;
        }

        writer.WriteEndObject();
    }

    // A sender uses one member. Of several known ones the first in the order of the protocol whose content decodes counts.
    private static Message ReadEnvelope(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
        var seen = default(MemberSet);
        Message? best = null;
        int bestRank = int.MaxValue;
        ProtocolException? failure = null;
        reader.Read();
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            int rank = TakeMember(ref reader, ref seen);
            if (rank < 0 || rank > bestRank)
            {
                Skip(ref reader, rank);
                continue;
            }

            Utf8JsonReader content = reader;
            try
            {
                best = ReadContent(ref reader, rank, line);
                bestRank = rank;
            }
            catch (ProtocolException e)
            {
                failure ??= e;
                reader = content;
                Json.SkipValue(ref reader);
            }
        }

        // Anything behind the object is refused here.
        reader.Read();
        return best ?? throw failure ?? new ProtocolException("console message: no member tells what it is");
    }

    private static int TakeMember(ref Utf8JsonReader reader, ref MemberSet seen)
    {
        if (seen.Take(ref reader, "connect"u8, 0))
        {
            return 0;
        }

        if (seen.Take(ref reader, "connect_ack"u8, 1))
        {
            return 1;
        }

        if (seen.Take(ref reader, "connect_nack"u8, 2))
        {
            return 2;
        }

        if (seen.Take(ref reader, "request"u8, 3))
        {
            return 3;
        }

        if (seen.Take(ref reader, "response"u8, 4))
        {
            return 4;
        }

        return seen.Take(ref reader, "notification"u8, 5) ? 5 : -1;
    }

    private static void Skip(ref Utf8JsonReader reader, int rank)
    {
        if (rank < 0)
        {
            Json.SkipMember(ref reader);
        }
        else
        {
            Json.SkipValue(ref reader);
        }
    }

    private static Message ReadContent(ref Utf8JsonReader reader, int rank, ReadOnlySpan<byte> line)
    {
        switch (rank)
        {
            case 0:
                return HandshakeJson.ReadConnect(ref reader);
            case 1:
                return HandshakeJson.ReadAck(ref reader);
            case 2:
                return HandshakeJson.ReadNack(ref reader);
            case 3:
                return RequestJson.Read(ref reader);
            case 4:
                return ResponseJson.Read(ref reader, line);
            default:
                return NotificationJson.Read(ref reader);
        }
    }
}
