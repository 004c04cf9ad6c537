// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The content of <c>connect</c>, <c>connect_ack</c> and <c>connect_nack</c>.</summary>
internal static class HandshakeJson
{
    private static readonly ConnectAck s_ack = new();
    private static readonly ConnectNack.PermissionDenied s_permissionDenied = new();

    internal static Connect ReadConnect(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        PackageVersion version = default;
        bool subscribe = false;
        bool extensions = false;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "version"u8, 0))
            {
                version = Scalars.ReadVersion(ref reader);
            }
            else if (seen.Take(ref reader, "subscribe_notifications"u8, 1))
            {
                subscribe = Scalars.ReadBool(ref reader);
            }
            else if (seen.Take(ref reader, "extensions"u8, 2))
            {
                // No member of 0.9.3: anything but true is as if it were not there.
                extensions = reader.TokenType == JsonTokenType.True;
                Json.SkipValue(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Connect(version, subscribe) { Extensions = extensions };
    }

    /// <summary>Reads the value of <c>connect_ack</c>: null, an object that lists extensions, or from runtimes before 0.8.2 another object.</summary>
    internal static ConnectAck ReadAck(ref Utf8JsonReader reader)
    {
        List<string>? extensions = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Json.SkipValue(ref reader);
            return s_ack;
        }

        var seen = default(MemberSet);
        while (Json.NextMember(ref reader))
        {
            if (!seen.Take(ref reader, "extensions"u8, 0))
            {
                Json.SkipMember(ref reader);
                continue;
            }

            extensions = [];
            Json.Expect(ref reader, JsonTokenType.StartArray);
            while (Json.NextElement(ref reader))
            {
                extensions.Add(Scalars.ReadString(ref reader));
            }
        }

        return extensions is null ? s_ack : new ConnectAck { Extensions = extensions };
    }

    internal static void Write(Utf8JsonWriter writer, ConnectAck ack)
    {
        if (ack.Extensions is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteStartArray("extensions"u8);
        foreach (string extension in ack.Extensions)
        {
            writer.WriteStringValue(extension);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static ConnectNack ReadNack(ref Utf8JsonReader reader)
    {
        ConnectNack? nack = null;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsData(ref reader, "invalid_protocol_version"u8, member))
        {
            nack = new ConnectNack.InvalidProtocolVersion(ReadNackVersion(ref reader));
        }
        else if (Variant.IsUnit(ref reader, "permission_denied"u8, member))
        {
            nack = s_permissionDenied;
        }
        else
        {
            Variant.Unknown(ref reader, "reason");
        }

        Variant.Leave(ref reader, member);
        return nack;
    }

    internal static void Write(Utf8JsonWriter writer, Connect connect)
    {
        writer.WriteStartObject();
        Scalars.Write(writer, "version"u8, connect.Version);
        writer.WriteBoolean("subscribe_notifications"u8, connect.SubscribeNotifications);
        if (connect.Extensions)
        {
            writer.WriteBoolean("extensions"u8, true);
        }

        writer.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter writer, ConnectNack nack)
    {
        if (nack is ConnectNack.InvalidProtocolVersion { Version: var version })
        {
            writer.WriteStartObject();
            writer.WriteStartObject("invalid_protocol_version"u8);
            Scalars.Write(writer, "version"u8, version);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStringValue("permission_denied"u8);
        }
    }

    private static PackageVersion ReadNackVersion(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        PackageVersion version = default;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "version"u8, 0))
            {
                version = Scalars.ReadVersion(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return version;
    }
}
