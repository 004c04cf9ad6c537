// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.ObjectModel;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>Reads requests.</content>
internal static partial class RequestJson
{
    private static readonly Request.Ident s_ident = new();
    private static readonly Request.List s_list = new();
    private static readonly Request.Repositories s_repositories = new();
    private static readonly Request.Shutdown s_shutdown = new();
    private static readonly Request.Statistics s_statistics = new();

    internal static Request Read(ref Utf8JsonReader reader)
    {
        bool member = Variant.Enter(ref reader);
        Request request = ReadAlternative(ref reader, member);
        Variant.Leave(ref reader, member);
        return request;
    }

    private static Request ReadAlternative(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsUnit(ref reader, "ident"u8, member))
        {
            return s_ident;
        }

        if (Variant.IsUnit(ref reader, "list"u8, member))
        {
            return s_list;
        }

        if (Variant.IsUnit(ref reader, "repositories"u8, member))
        {
            return s_repositories;
        }

        if (Variant.IsUnit(ref reader, "shutdown"u8, member))
        {
            return s_shutdown;
        }

        if (Variant.IsData(ref reader, "inspect"u8, member))
        {
            return new Request.Inspect(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "install"u8, member))
        {
            return ReadInstall(ref reader);
        }

        if (Variant.IsData(ref reader, "kill"u8, member))
        {
            return ReadKill(ref reader);
        }

        if (Variant.IsData(ref reader, "mount"u8, member))
        {
            return new Request.Mount(ReadContainers(ref reader));
        }

        if (Variant.IsData(ref reader, "umount"u8, member))
        {
            return new Request.Umount(ReadContainers(ref reader));
        }

        if (Variant.IsData(ref reader, "start"u8, member))
        {
            return ReadStart(ref reader);
        }

        if (Variant.IsData(ref reader, "token_create"u8, member))
        {
            return ReadTokenCreate(ref reader);
        }

        if (Variant.IsData(ref reader, "token_verify"u8, member))
        {
            return ReadTokenVerify(ref reader);
        }

        if (Variant.IsData(ref reader, "uninstall"u8, member))
        {
            return ReadUninstall(ref reader);
        }

        return ReadExtension(ref reader, member);
    }

    private static Request ReadExtension(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsUnit(ref reader, "statistics"u8, member))
        {
            return s_statistics;
        }

        if (Variant.IsData(ref reader, "output_subscribe"u8, member))
        {
            return OutputJson.ReadSubscribe(ref reader);
        }

        if (Variant.IsData(ref reader, "output_unsubscribe"u8, member))
        {
            return new Request.OutputUnsubscribe(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "set_floor"u8, member))
        {
            return ReadSetFloor(ref reader);
        }

        if (Variant.IsData(ref reader, "verify"u8, member))
        {
            return new Request.Verify(ContainerJson.Read(ref reader));
        }

        Variant.Unknown(ref reader, "request");
        return null;
    }

    private static Request.Kill ReadKill(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        int signal = 0;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "signal"u8, 1))
            {
                signal = Scalars.ReadInt32(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Request.Kill(container, signal);
    }

    private static Request.Start ReadStart(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        IReadOnlyList<string> arguments = [];
        IReadOnlyDictionary<string, string> environment = ReadOnlyDictionary<string, string>.Empty;
        string? init = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "arguments"u8, 1))
            {
                arguments = ReadArguments(ref reader);
            }
            else if (seen.Take(ref reader, "environment"u8, 2))
            {
                environment = ReadEnvironment(ref reader);
            }
            else if (seen.Take(ref reader, "init"u8, 3))
            {
                init = reader.TokenType == JsonTokenType.Null ? null : Scalars.ReadNonNulString(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new Request.Start(container, init, arguments, environment);
    }

    private static ContainerId[] ReadContainers(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId[] containers = [];
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "containers"u8, 0))
            {
                containers = Scalars.ReadContainers(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return containers;
    }

    private static string[] ReadArguments(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<string>();
        while (Json.NextElement(ref reader))
        {
            list.Add(Scalars.ReadNonNulString(ref reader));
        }

        return [.. list];
    }

    // A map, not an object with known members: the last of several equal keys counts.
    private static Dictionary<string, string> ReadEnvironment(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartObject);
        var map = new Dictionary<string, string>();
        while (Json.NextMember(ref reader))
        {
            string key = reader.GetString()!;
            if (key.Contains('\0'))
            {
                Json.Fail(ref reader, "U+0000 is not allowed");
            }

            reader.Read();
            map[key] = Scalars.ReadNonNulString(ref reader);
        }

        return map;
    }
}
