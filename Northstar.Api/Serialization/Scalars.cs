// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Reads and writes the scalar types of the protocol.</summary>
internal static class Scalars
{
    // Three numbers of 64 bits, two dots and a colon.
    private const int MaxVersionLength = 3 * 20 + 3;

    internal static string ReadString(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.String);
        return reader.GetString()!;
    }

    internal static string ReadNonNulString(ref Utf8JsonReader reader)
    {
        string text = ReadString(ref reader);
        if (text.Contains('\0'))
        {
            Json.Fail(ref reader, "U+0000 is not allowed");
        }

        return text;
    }

    internal static ContainerId ReadContainer(ref Utf8JsonReader reader)
    {
        if (!ContainerId.TryParse(ReadString(ref reader), out ContainerId id))
        {
            Json.Fail(ref reader, "a container 'name:version' is needed");
        }

        return id;
    }

    internal static ContainerName ReadName(ref Utf8JsonReader reader)
    {
        if (!ContainerName.TryParse(ReadString(ref reader), out ContainerName name))
        {
            Json.Fail(ref reader, "a container name is needed");
        }

        return name;
    }

    internal static PackageVersion ReadVersion(ref Utf8JsonReader reader)
    {
        if (!PackageVersion.TryParse(ReadString(ref reader), out PackageVersion version))
        {
            Json.Fail(ref reader, "a version 'major.minor.patch' is needed");
        }

        return version;
    }

    internal static byte[] ReadBytes(ref Utf8JsonReader reader)
    {
        if (!StrictBase64.TryDecode(ReadString(ref reader), out byte[]? bytes))
        {
            Json.Fail(ref reader, "canonical base64 is needed");
        }

        return bytes;
    }

    internal static Token ReadToken(ref Utf8JsonReader reader)
    {
        if (!Token.TryParse(ReadString(ref reader), out Token? token))
        {
            Json.Fail(ref reader, $"a token of {Token.LengthBytes} bytes in canonical base64 is needed");
        }

        return token;
    }

    internal static bool ReadBool(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
        {
            Json.Fail(ref reader, "true or false is needed");
        }

        return reader.TokenType == JsonTokenType.True;
    }

    internal static ulong ReadUInt64(ref Utf8JsonReader reader)
    {
        ExpectInteger(ref reader);
        if (!reader.TryGetUInt64(out ulong value))
        {
            Json.Fail(ref reader, "an integer from 0 to 2^64-1 is needed");
        }

        return value;
    }

    internal static ulong? ReadUInt64OrNull(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Null ? null : ReadUInt64(ref reader);

    internal static uint ReadUInt32(ref Utf8JsonReader reader)
    {
        ExpectInteger(ref reader);
        if (!reader.TryGetUInt32(out uint value))
        {
            Json.Fail(ref reader, "an integer from 0 to 2^32-1 is needed");
        }

        return value;
    }

    internal static int ReadInt32(ref Utf8JsonReader reader)
    {
        ExpectInteger(ref reader);
        if (!reader.TryGetInt32(out int value))
        {
            Json.Fail(ref reader, "an integer from -2^31 to 2^31-1 is needed");
        }

        return value;
    }

    internal static ContainerId[] ReadContainers(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<ContainerId>();
        while (Json.NextElement(ref reader))
        {
            list.Add(ReadContainer(ref reader));
        }

        return [.. list];
    }

    internal static void Write(Utf8JsonWriter writer, ContainerId id)
    {
        Span<byte> text = stackalloc byte[ContainerName.MaxWireLength + MaxVersionLength];
        string name = id.Name.ToString();
        int length = System.Text.Encoding.ASCII.GetBytes(name, text);
        text[length++] = (byte)':';
        length += Format(id.Version, text[length..]);
        writer.WriteStringValue(text[..length]);
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> member, ContainerId id)
    {
        writer.WritePropertyName(member);
        Write(writer, id);
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> member, PackageVersion version)
    {
        Span<byte> text = stackalloc byte[MaxVersionLength];
        writer.WriteString(member, text[..Format(version, text)]);
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> member, IReadOnlyList<ContainerId> containers)
    {
        writer.WriteStartArray(member);
        for (int i = 0; i < containers.Count; i++)
        {
            Write(writer, containers[i]);
        }

        writer.WriteEndArray();
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> member, ulong? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(member, number);
        }
        else
        {
            writer.WriteNull(member);
        }
    }

    internal static string CheckNonNul(string text) =>
        text.Contains('\0') ? throw new ArgumentException("start: U+0000 is not allowed in program, arguments and environment") : text;

    private static int Format(PackageVersion version, Span<byte> text)
    {
        int length = 0;
        Append(version.Major, text, ref length);
        text[length++] = (byte)'.';
        Append(version.Minor, text, ref length);
        text[length++] = (byte)'.';
        Append(version.Patch, text, ref length);
        return length;
    }

    private static void Append(ulong number, Span<byte> text, ref int length)
    {
        _ = number.TryFormat(text[length..], out int written);
        length += written;
    }

    // The reader's own conversions refuse fractions, exponents and values out of range; a minus zero they would take.
    private static void ExpectInteger(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.Number);
        if (reader.ValueSpan is [(byte)'-', (byte)'0', ..])
        {
            Json.Fail(ref reader, "-0 is no integer");
        }
    }
}
