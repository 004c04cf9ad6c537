// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>Reads responses.</content>
internal static partial class ResponseJson
{
    private static readonly Response.Shutdown s_shutdown = new();

    /// <summary>Reads a response.</summary>
    /// <param name="reader">The reader, on the alternative.</param>
    /// <param name="line">What the reader reads.</param>
    internal static Response Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        bool member = Variant.Enter(ref reader);
        Response response = ReadAlternative(ref reader, member, line);
        Variant.Leave(ref reader, member);
        return response;
    }

    private static Response ReadAlternative(ref Utf8JsonReader reader, bool member, ReadOnlySpan<byte> line)
    {
        if (Variant.IsData(ref reader, "ident"u8, member))
        {
            return new Response.Ident(Scalars.ReadContainer(ref reader));
        }

        if (Variant.IsData(ref reader, "list"u8, member))
        {
            return new Response.List(Scalars.ReadContainers(ref reader));
        }

        if (Variant.IsData(ref reader, "inspect"u8, member))
        {
            return ReadInspect(ref reader, line);
        }

        if (Variant.IsData(ref reader, "install"u8, member))
        {
            return ReadInstall(ref reader);
        }

        if (Variant.IsData(ref reader, "kill"u8, member))
        {
            return new Response.Kill(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "mount"u8, member))
        {
            return new Response.Mount(ReadResults(ref reader));
        }

        if (Variant.IsData(ref reader, "umount"u8, member))
        {
            return new Response.Umount(ReadResults(ref reader));
        }

        if (Variant.IsData(ref reader, "start"u8, member))
        {
            return new Response.Start(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "uninstall"u8, member))
        {
            return new Response.Uninstall(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "repositories"u8, member))
        {
            return new Response.Repositories(ReadIdentifiers(ref reader));
        }

        if (Variant.IsData(ref reader, "token"u8, member))
        {
            return new Response.TokenCreate(Scalars.ReadToken(ref reader));
        }

        if (Variant.IsData(ref reader, "token_verification"u8, member))
        {
            return new Response.TokenVerify(ReadVerification(ref reader));
        }

        if (Variant.IsData(ref reader, "permission_denied"u8, member))
        {
            return new Response.PermissionDenied(RequestJson.Read(ref reader));
        }

        return Variant.IsUnit(ref reader, "shutdown"u8, member) ? s_shutdown : ReadExtension(ref reader, member);
    }

    private static Response ReadExtension(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsData(ref reader, "statistics"u8, member))
        {
            return new Response.Statistics(StatisticsJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "output_subscribe"u8, member))
        {
            return new Response.OutputSubscribe(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "output_unsubscribe"u8, member))
        {
            return new Response.OutputUnsubscribe(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "set_floor"u8, member))
        {
            return new Response.SetFloor(ReadResult(ref reader));
        }

        if (Variant.IsData(ref reader, "verify"u8, member))
        {
            return new Response.Verify(ReadResult(ref reader));
        }

        Variant.Unknown(ref reader, "response");
        return null;
    }

    private static TokenVerification ReadVerification(ref Utf8JsonReader reader)
    {
        TokenVerification verification = default;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsUnit(ref reader, "Ok"u8, member))
        {
            verification = TokenVerification.Ok;
        }
        else if (Variant.IsUnit(ref reader, "Invalid"u8, member))
        {
            verification = TokenVerification.Invalid;
        }
        else if (Variant.IsUnit(ref reader, "Expired"u8, member))
        {
            verification = TokenVerification.Expired;
        }
        else if (Variant.IsUnit(ref reader, "Future"u8, member))
        {
            verification = TokenVerification.Future;
        }
        else
        {
            Variant.Unknown(ref reader, "token verification");
        }

        Variant.Leave(ref reader, member);
        return verification;
    }

    private static string[] ReadIdentifiers(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<string>();
        while (Json.NextElement(ref reader))
        {
            list.Add(Scalars.ReadString(ref reader));
        }

        return [.. list];
    }

    private static ContainerResult[] ReadResults(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        var list = new List<ContainerResult>();
        while (Json.NextElement(ref reader))
        {
            list.Add(ReadResult(ref reader));
        }

        return [.. list];
    }

    private static ContainerResult ReadResult(ref Utf8JsonReader reader)
    {
        ContainerResult? result = null;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsData(ref reader, "ok"u8, member))
        {
            result = new ContainerResult(ContainerJson.Read(ref reader));
        }
        else if (Variant.IsData(ref reader, "error"u8, member))
        {
            result = ReadFailure(ref reader);
        }
        else
        {
            Variant.Unknown(ref reader, "result");
        }

        Variant.Leave(ref reader, member);
        return result;
    }

    private static ContainerResult ReadFailure(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        ApiError? error = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "error"u8, 1))
            {
                error = ApiErrorJson.Read(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new ContainerResult(container, error);
    }

    private static Response.Inspect ReadInspect(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        Response.Inspect? inspect = null;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsData(ref reader, "ok"u8, member))
        {
            inspect = ReadInspectOk(ref reader, line);
        }
        else if (Variant.IsData(ref reader, "error"u8, member))
        {
            ContainerResult failure = ReadFailure(ref reader);
            inspect = new Response.Inspect(failure.Container, failure.Error!);
        }
        else
        {
            Variant.Unknown(ref reader, "result");
        }

        Variant.Leave(ref reader, member);
        return inspect;
    }

    private static Response.Inspect ReadInspectOk(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        InspectData? data = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "data"u8, 1))
            {
                data = InspectJson.Read(ref reader, line);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new Response.Inspect(container, data!);
    }

    private static Response.Install ReadInstall(ref Utf8JsonReader reader)
    {
        Response.Install? install = null;
        bool member = Variant.Enter(ref reader);
        if (Variant.IsData(ref reader, "ok"u8, member))
        {
            install = new Response.Install(ContainerJson.Read(ref reader));
        }
        else if (Variant.IsData(ref reader, "error"u8, member))
        {
            install = new Response.Install(ReadInstallError(ref reader));
        }
        else
        {
            Variant.Unknown(ref reader, "result");
        }

        Variant.Leave(ref reader, member);
        return install;
    }

    // A failed install names no container: it is not known then.
    private static ApiError ReadInstallError(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ApiError? error = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "error"u8, 0))
            {
                error = ApiErrorJson.Read(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return error!;
    }
}
