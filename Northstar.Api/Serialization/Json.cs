// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Northstar.Api;

/// <summary>
/// Walks over JSON with the rules of the protocol. Every method that reads a value expects the reader on its first token and leaves it on
/// its last.
/// </summary>
internal static class Json
{
    internal static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            Fail(ref reader, $"{type} is needed, not {reader.TokenType}");
        }
    }

    /// <summary>Goes to the next member of an object, on its name, or to the end of the object.</summary>
    internal static bool NextMember(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Goes to the next element of an array, or to its end.</summary>
    internal static bool NextElement(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Skips an unknown member; the reader is on its name.</summary>
    internal static void SkipMember(ref Utf8JsonReader reader)
    {
        CheckText(ref reader);
        reader.Read();
        SkipValue(ref reader);
    }

    /// <summary>Skips a value and checks every string in it.</summary>
    internal static void SkipValue(ref Utf8JsonReader reader)
    {
        int depth = reader.CurrentDepth;
        CheckText(ref reader);
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            do
            {
                reader.Read();
                CheckText(ref reader);
            }
            while (reader.CurrentDepth > depth);
        }
    }

    [DoesNotReturn]
    internal static void Fail(ref Utf8JsonReader reader, string cause) =>
        throw new ProtocolException($"console message: byte {reader.TokenStartIndex}: {cause}");

    // Raw bytes were checked to be UTF-8; an escape can still spell half of a surrogate pair, which decoding refuses.
    private static void CheckText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
        {
            _ = reader.GetString();
        }
    }
}

/// <summary>Keeps which known members of an object were seen.</summary>
internal struct MemberSet
{
    private uint _seen;

    /// <summary>Tells whether the reader is on the member <paramref name="name"/>, and if so goes to its value.</summary>
    /// <param name="reader">The reader, on a member's name.</param>
    /// <param name="name">The name.</param>
    /// <param name="index">The number of the member. Those without a default come first.</param>
    internal bool Take(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, int index)
    {
        if (!reader.ValueTextEquals(name))
        {
            return false;
        }

        uint bit = 1u << index;
        if ((_seen & bit) != 0)
        {
            Json.Fail(ref reader, "a member is given twice");
        }

        _seen |= bit;
        reader.Read();
        return true;
    }

    /// <summary>Fails unless the first <paramref name="count"/> members were seen.</summary>
    internal readonly void Require(ref Utf8JsonReader reader, int count)
    {
        uint all = (1u << count) - 1;
        if ((_seen & all) != all)
        {
            Json.Fail(ref reader, "a member of the object is missing");
        }
    }
}

/// <summary>Reads alternatives: a string when they have no data, else an object with one member.</summary>
internal static class Variant
{
    /// <summary>Goes to the name of the alternative; true when it is a member's name, false when it is a string.</summary>
    internal static bool Enter(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return false;
        }

        Json.Expect(ref reader, JsonTokenType.StartObject);
        reader.Read();
        Json.Expect(ref reader, JsonTokenType.PropertyName);
        return true;
    }

    /// <summary>Tells whether the alternative is <paramref name="name"/>, which has no data; <c>{"name":null}</c> is tolerated.</summary>
    internal static bool IsUnit(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, bool isMember)
    {
        if (!reader.ValueTextEquals(name))
        {
            return false;
        }

        if (isMember)
        {
            reader.Read();
            Json.Expect(ref reader, JsonTokenType.Null);
        }

        return true;
    }

    /// <summary>Tells whether the alternative is <paramref name="name"/>, which has data, and if so goes to the data.</summary>
    internal static bool IsData(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, bool isMember)
    {
        if (!reader.ValueTextEquals(name))
        {
            return false;
        }

        if (!isMember)
        {
            Json.Fail(ref reader, "the alternative needs data");
        }

        reader.Read();
        return true;
    }

    /// <summary>Fails because no alternative has this name.</summary>
    [DoesNotReturn]
    internal static void Unknown(ref Utf8JsonReader reader, string kind) => Json.Fail(ref reader, $"unknown {kind}");

    /// <summary>Goes to the end of the alternative.</summary>
    internal static void Leave(ref Utf8JsonReader reader, bool isMember)
    {
        if (isMember)
        {
            reader.Read();
            Json.Expect(ref reader, JsonTokenType.EndObject);
        }
    }
}
