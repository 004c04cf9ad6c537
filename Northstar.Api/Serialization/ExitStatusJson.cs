// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Api;

/// <summary>The exit status of a container.</summary>
internal static class ExitStatusJson
{
    internal static ExitStatus Read(ref Utf8JsonReader reader)
    {
        ExitStatus? status = null;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsData(ref reader, "exit"u8, member))
        {
            status = ReadExit(ref reader);
        }
        else if (Variant.IsData(ref reader, "signalled"u8, member))
        {
            status = ReadSignalled(ref reader);
        }
        else
        {
            Variant.Unknown(ref reader, "exit status");
        }

        Variant.Leave(ref reader, member);
        return status;
    }

    internal static void Write(Utf8JsonWriter writer, ExitStatus status)
    {
        writer.WriteStartObject();
        switch (status)
        {
            case ExitStatus.Exit { Code: var code }:
                writer.WriteStartObject("exit"u8);
                writer.WriteNumber("code"u8, code);
                break;
            case ExitStatus.Signalled { Signal: var signal }:
                writer.WriteStartObject("signalled"u8);
                writer.WriteNumber("signal"u8, signal);
                break;
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ExitStatus.Exit ReadExit(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        int code = 0;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "code"u8, 0))
            {
                code = Scalars.ReadInt32(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return new ExitStatus.Exit(code);
    }

    private static ExitStatus.Signalled ReadSignalled(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        uint signal = 0;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "signal"u8, 0))
            {
                signal = Scalars.ReadUInt32(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return new ExitStatus.Signalled(signal);
    }
}
