// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>Reads what is about tokens.</content>
internal static partial class RequestJson
{
    private static Request.TokenCreate ReadTokenCreate(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerName target = default;
        byte[] shared = [];
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "target"u8, 0))
            {
                target = Scalars.ReadName(ref reader);
            }
            else if (seen.Take(ref reader, "shared"u8, 1))
            {
                shared = Scalars.ReadBytes(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Request.TokenCreate(target, shared);
    }

    private static Request.TokenVerify ReadTokenVerify(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        Token? token = null;
        ContainerName user = default;
        byte[] shared = [];
        uint? validity = null;
        ulong? presenter = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "token"u8, 0))
            {
                token = Scalars.ReadToken(ref reader);
            }
            else if (seen.Take(ref reader, "user"u8, 1))
            {
                user = Scalars.ReadName(ref reader);
            }
            else if (seen.Take(ref reader, "shared"u8, 2))
            {
                shared = Scalars.ReadBytes(ref reader);
            }
            else if (seen.Take(ref reader, "validity"u8, 3))
            {
                validity = Scalars.ReadUInt32(ref reader);
            }
            else if (seen.Take(ref reader, "presenter"u8, 4))
            {
                presenter = Scalars.ReadUInt64(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new Request.TokenVerify(token!, user, shared) { ValiditySeconds = validity, Presenter = presenter };
    }
}
