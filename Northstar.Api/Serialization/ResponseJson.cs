// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Writes responses. Reading is in the other part.</summary>
internal static partial class ResponseJson
{
    internal static void Write(Utf8JsonWriter writer, Response response)
    {
        if (response is Response.Shutdown)
        {
            writer.WriteStringValue("shutdown"u8);
            return;
        }

        writer.WriteStartObject();
        switch (response)
        {
            case Response.Ident r:
                Scalars.Write(writer, "ident"u8, r.Container);
                break;
            case Response.Inspect r:
                WriteInspect(writer, r);
                break;
            case Response.Install r:
                WriteInstall(writer, r);
                break;
            case Response.Kill r:
                WriteResult(writer, "kill"u8, r.Result);
                break;
            case Response.List r:
                Scalars.Write(writer, "list"u8, r.Containers);
                break;
            case Response.Mount r:
                WriteResults(writer, "mount"u8, r.Results);
                break;
            case Response.OutputSubscribe r:
                WriteResult(writer, "output_subscribe"u8, r.Result);
                break;
            case Response.OutputUnsubscribe r:
                WriteResult(writer, "output_unsubscribe"u8, r.Result);
                break;
            case Response.PermissionDenied r:
                writer.WritePropertyName("permission_denied"u8);
                RequestJson.Write(writer, r.Request);
                break;
            case Response.Repositories r:
                writer.WriteStartArray("repositories"u8);
                foreach (string identifier in r.Identifiers)
                {
                    writer.WriteStringValue(identifier);
                }

                writer.WriteEndArray();
                break;
            case Response.SetFloor r:
                WriteResult(writer, "set_floor"u8, r.Result);
                break;
            case Response.Verify r:
                WriteResult(writer, "verify"u8, r.Result);
                break;
            case Response.Start r:
                WriteResult(writer, "start"u8, r.Result);
                break;
            case Response.Statistics r:
                writer.WritePropertyName("statistics"u8);
                StatisticsJson.Write(writer, r.Containers);
                break;
            case Response.TokenCreate r:
                writer.WriteBase64String("token"u8, r.Token.Bytes);
                break;
            case Response.TokenVerify r:
                writer.WriteString("token_verification"u8, VerificationName(r.Verification));
                break;
            case Response.Umount r:
                WriteResults(writer, "umount"u8, r.Results);
                break;
            case Response.Uninstall r:
                WriteResult(writer, "uninstall"u8, r.Result);
                break;
        }

        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> VerificationName(TokenVerification verification) => verification switch
    {
        TokenVerification.Ok => "Ok"u8,
        TokenVerification.Invalid => "Invalid"u8,
        TokenVerification.Expired => "Expired"u8,
        _ => "Future"u8,
    };

    private static void WriteInspect(Utf8JsonWriter writer, Response.Inspect inspect)
    {
        writer.WriteStartObject("inspect"u8);
        if (inspect.Data is { } data)
        {
            writer.WriteStartObject("ok"u8);
            Scalars.Write(writer, "container"u8, inspect.Container);
            writer.WritePropertyName("data"u8);
            InspectJson.Write(writer, data);
            writer.WriteEndObject();
        }
        else
        {
            WriteError(writer, inspect.Container, inspect.Error!);
        }

        writer.WriteEndObject();
    }

    private static void WriteInstall(Utf8JsonWriter writer, Response.Install install)
    {
        writer.WriteStartObject("install"u8);
        if (install.Container is { } container)
        {
            ContainerJson.Write(writer, "ok"u8, container);
        }
        else
        {
            writer.WriteStartObject("error"u8);
            writer.WritePropertyName("error"u8);
            ApiErrorJson.Write(writer, install.Error!);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteResults(Utf8JsonWriter writer, ReadOnlySpan<byte> member, IReadOnlyList<ContainerResult> results)
    {
        writer.WriteStartArray(member);
        for (int i = 0; i < results.Count; i++)
        {
            writer.WriteStartObject();
            WriteOutcome(writer, results[i]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter writer, ReadOnlySpan<byte> member, ContainerResult result)
    {
        writer.WriteStartObject(member);
        WriteOutcome(writer, result);
        writer.WriteEndObject();
    }

    private static void WriteOutcome(Utf8JsonWriter writer, ContainerResult result)
    {
        if (result.Error is { } error)
        {
            WriteError(writer, result.Container, error);
        }
        else
        {
            ContainerJson.Write(writer, "ok"u8, result.Container);
        }
    }

    private static void WriteError(Utf8JsonWriter writer, ContainerId container, ApiError error)
    {
        writer.WriteStartObject("error"u8);
        Scalars.Write(writer, "container"u8, container);
        writer.WritePropertyName("error"u8);
        ApiErrorJson.Write(writer, error);
        writer.WriteEndObject();
    }
}
