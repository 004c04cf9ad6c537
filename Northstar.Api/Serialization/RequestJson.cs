// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Api;

/// <summary>Writes requests. Reading is in the other part.</summary>
internal static partial class RequestJson
{
    internal static void Write(Utf8JsonWriter writer, Request request)
    {
        switch (request)
        {
            case Request.Ident:
                writer.WriteStringValue("ident"u8);
                return;
            case Request.List:
                writer.WriteStringValue("list"u8);
                return;
            case Request.Repositories:
                writer.WriteStringValue("repositories"u8);
                return;
            case Request.Shutdown:
                writer.WriteStringValue("shutdown"u8);
                return;
            case Request.Statistics:
                writer.WriteStringValue("statistics"u8);
                return;
        }

        writer.WriteStartObject();
        switch (request)
        {
            case Request.Inspect r:
                writer.WriteStartObject("inspect"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                break;
            case Request.Install r:
                writer.WriteStartObject("install"u8);
                writer.WriteString("repository"u8, r.Repository);
                writer.WriteNumber("size"u8, r.SizeBytes);
                if (r.Image is { } image)
                {
                    writer.WriteStartObject("image"u8);
                    writer.WriteNumber("offset"u8, image.OffsetBytes);
                    writer.WriteString("salt"u8, image.Salt);
                    writer.WriteEndObject();
                }

                break;
            case Request.Kill r:
                writer.WriteStartObject("kill"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                writer.WriteNumber("signal"u8, r.Signal);
                break;
            case Request.Mount r:
                writer.WriteStartObject("mount"u8);
                Scalars.Write(writer, "containers"u8, r.Containers);
                break;
            case Request.Umount r:
                writer.WriteStartObject("umount"u8);
                Scalars.Write(writer, "containers"u8, r.Containers);
                break;
            case Request.OutputSubscribe r:
                writer.WriteStartObject("output_subscribe"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                writer.WriteBoolean("stdout"u8, r.Stdout);
                writer.WriteBoolean("stderr"u8, r.Stderr);
                break;
            case Request.OutputUnsubscribe r:
                writer.WriteStartObject("output_unsubscribe"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                break;
            case Request.SetFloor r:
                writer.WriteStartObject("set_floor"u8);
                writer.WriteString("repository"u8, r.Repository);
                Scalars.Write(writer, "container"u8, r.Container);
                break;
            case Request.Verify r:
                writer.WriteStartObject("verify"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                break;
            case Request.Start r:
                writer.WriteStartObject("start"u8);
                WriteStart(writer, r);
                break;
            case Request.TokenCreate r:
                writer.WriteStartObject("token_create"u8);
                writer.WriteString("target"u8, r.Target.ToString());
                writer.WriteBase64String("shared"u8, r.Shared.Span);
                break;
            case Request.TokenVerify r:
                writer.WriteStartObject("token_verify"u8);
                writer.WriteBase64String("token"u8, r.Token.Bytes);
                writer.WriteString("user"u8, r.User.ToString());
                writer.WriteBase64String("shared"u8, r.Shared.Span);
                if (r.ValiditySeconds is { } validity)
                {
                    writer.WriteNumber("validity"u8, validity);
                }

                if (r.Presenter is { } presenter)
                {
                    writer.WriteNumber("presenter"u8, presenter);
                }

                break;
            case Request.Uninstall r:
                writer.WriteStartObject("uninstall"u8);
                Scalars.Write(writer, "container"u8, r.Container);
                writer.WriteBoolean("wipe"u8, r.Wipe);
                break;
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter writer, Request.Start start)
    {
        Scalars.Write(writer, "container"u8, start.Container);
        if (start.Init is { } init)
        {
            writer.WriteString("init"u8, Scalars.CheckNonNul(init));
        }
        else
        {
            writer.WriteNull("init"u8);
        }

        writer.WriteStartArray("arguments"u8);
        foreach (string argument in start.Arguments)
        {
            writer.WriteStringValue(Scalars.CheckNonNul(argument));
        }

        writer.WriteEndArray();
        writer.WriteStartObject("environment"u8);
        foreach ((string key, string value) in start.Environment)
        {
            writer.WriteString(Scalars.CheckNonNul(key), Scalars.CheckNonNul(value));
        }

        writer.WriteEndObject();
    }
}
