// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>Reads what is about packages in repositories.</content>
internal static partial class RequestJson
{
    private static Request.Install ReadInstall(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        string repository = "";
        ulong size = 0;
        ImageHashing? image = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "repository"u8, 0))
            {
                repository = Scalars.ReadString(ref reader);
            }
            else if (seen.Take(ref reader, "size"u8, 1))
            {
                size = Scalars.ReadUInt64(ref reader);
            }
            else if (seen.Take(ref reader, "image"u8, 2))
            {
                image = ReadImage(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Request.Install(repository, size) { Image = image };
    }

    /// <summary>A hint that nobody understands is none: to 0.9.3 the whole member is unknown.</summary>
    private static ImageHashing? ReadImage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Json.SkipValue(ref reader);
            return null;
        }

        long offset = -1;
        string? salt = null;
        while (Json.NextMember(ref reader))
        {
            bool isOffset = reader.ValueTextEquals("offset"u8);
            bool isSalt = reader.ValueTextEquals("salt"u8);
            Json.SkipMember(ref reader);
            if (isOffset && (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out offset)))
            {
                offset = -1;
            }
            else if (isSalt)
            {
                salt = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
        }

        return salt is not null && new ImageHashing(offset, salt) is { IsPossible: true } image ? image : null;
    }

    private static Request.Uninstall ReadUninstall(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        bool wipe = false;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "wipe"u8, 1))
            {
                wipe = Scalars.ReadBool(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Request.Uninstall(container, wipe);
    }

    private static Request.SetFloor ReadSetFloor(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        string repository = "";
        ContainerId container = default;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "repository"u8, 0))
            {
                repository = Scalars.ReadString(ref reader);
            }
            else if (seen.Take(ref reader, "container"u8, 1))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Request.SetFloor(repository, container);
    }
}
