// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The content of <c>connect</c> and <c>connect_nack</c>.</summary>
internal static class HandshakeJson
{
    private static readonly ConnectNack.PermissionDenied s_permissionDenied = new();

    internal static Connect ReadConnect(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        PackageVersion version = default;
        bool subscribe = false;
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
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Connect(version, subscribe);
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
