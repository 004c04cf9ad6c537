// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The member of inspect data of the extension <c>trust</c>.</summary>
internal static class TrustJson
{
    internal static void Write(Utf8JsonWriter writer, TrustData trust)
    {
        writer.WriteStartObject();
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

    internal static TrustData Read(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        var trust = new TrustData();
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "key"u8, 0))
            {
                trust = trust with { Key = ReadText(ref reader) };
            }
            else if (seen.Take(ref reader, "package"u8, 1))
            {
                trust = trust with { Package = ReadText(ref reader) };
            }
            else if (seen.Take(ref reader, "pin"u8, 2))
            {
                trust = trust with { Pin = ReadPin(ref reader) };
            }
            else if (seen.Take(ref reader, "floor"u8, 3))
            {
                trust = trust with { Floor = ReadVersion(ref reader) };
            }
            else if (seen.Take(ref reader, "revoked"u8, 4))
            {
                trust = trust with { Revoked = ReadText(ref reader) };
            }
            else if (seen.Take(ref reader, "refused"u8, 5))
            {
                trust = trust with { Refused = ReadText(ref reader) };
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 6);
        return trust;
    }

    private static string? ReadText(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null ? null : Scalars.ReadString(ref reader);

    private static PackageVersion? ReadVersion(ref Utf8JsonReader reader)
    {
        if (ReadText(ref reader) is not { } text)
        {
            return null;
        }

        if (!PackageVersion.TryParse(text, out PackageVersion version))
        {
            Json.Fail(ref reader, "a version is needed");
        }

        return version;
    }

    private static string[] ReadPin(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<string>();
        while (Json.NextElement(ref reader))
        {
            list.Add(Scalars.ReadString(ref reader));
        }

        return [.. list];
    }
}
