// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Api;

/// <summary>Writes errors. Reading is in the other part.</summary>
internal static partial class ApiErrorJson
{
    internal static void Write(Utf8JsonWriter writer, ApiError error)
    {
        writer.WriteStartObject();
        switch (error)
        {
            case ApiError.Configuration e:
                WriteText(writer, "configuration"u8, "context"u8, e.Context);
                break;
            case ApiError.DuplicateContainer e:
                ContainerJson.Write(writer, "duplicate_container"u8, e.Container);
                break;
            case ApiError.InvalidContainer e:
                ContainerJson.Write(writer, "invalid_container"u8, e.Container);
                break;
            case ApiError.InvalidArguments e:
                WriteText(writer, "invalid_arguments"u8, "cause"u8, e.Cause);
                break;
            case ApiError.MountBusy e:
                ContainerJson.Write(writer, "mount_busy"u8, e.Container);
                break;
            case ApiError.UmountBusy e:
                ContainerJson.Write(writer, "umount_busy"u8, e.Container);
                break;
            case ApiError.StartContainerStarted e:
                ContainerJson.Write(writer, "start_container_started"u8, e.Container);
                break;
            case ApiError.StartContainerResource e:
                ContainerJson.Write(writer, "start_container_resource"u8, e.Container);
                break;
            case ApiError.StartContainerMissingResource e:
                writer.WriteStartObject("start_container_missing_resource"u8);
                Scalars.Write(writer, "container"u8, e.Container);
                writer.WriteString("resource"u8, e.Resource.ToString());
                writer.WriteString("version"u8, e.Version);
                writer.WriteEndObject();
                break;
            case ApiError.StartContainerFailed e:
                writer.WriteStartObject("start_container_failed"u8);
                Scalars.Write(writer, "container"u8, e.Container);
                writer.WriteString("error"u8, e.Error);
                writer.WriteEndObject();
                break;
            case ApiError.StopContainerNotStarted e:
                ContainerJson.Write(writer, "stop_container_not_started"u8, e.Container);
                break;
            case ApiError.InvalidRepository e:
                WriteText(writer, "invalid_repository"u8, "repository"u8, e.Repository);
                break;
            case ApiError.InstallDuplicate e:
                ContainerJson.Write(writer, "install_duplicate"u8, e.Container);
                break;
            case ApiError.CriticalContainer e:
                writer.WriteStartObject("critical_container"u8);
                Scalars.Write(writer, "container"u8, e.Container);
                writer.WritePropertyName("status"u8);
                ExitStatusJson.Write(writer, e.Status);
                writer.WriteEndObject();
                break;
            case ApiError.Unexpected e:
                WriteText(writer, "unexpected"u8, "error"u8, e.Error);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> alternative, ReadOnlySpan<byte> member, string text)
    {
        writer.WriteStartObject(alternative);
        writer.WriteString(member, text);
        writer.WriteEndObject();
    }
}
