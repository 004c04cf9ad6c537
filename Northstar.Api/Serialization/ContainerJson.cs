// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The object <c>{"container":...}</c> that many alternatives share.</summary>
internal static class ContainerJson
{
    internal static ContainerId Read(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return container;
    }

    internal static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> alternative, ContainerId container)
    {
        writer.WriteStartObject(alternative);
        Scalars.Write(writer, "container"u8, container);
        writer.WriteEndObject();
    }
}
