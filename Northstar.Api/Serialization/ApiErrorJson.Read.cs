// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>Reads errors.</content>
internal static partial class ApiErrorJson
{
    internal static ApiError Read(ref Utf8JsonReader reader)
    {
        bool member = Variant.Enter(ref reader);
        ApiError error = ReadOfContainer(ref reader, member) ?? ReadOther(ref reader, member);
        Variant.Leave(ref reader, member);
        return error;
    }

    // The errors whose only member is a container.
    private static ApiError? ReadOfContainer(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsData(ref reader, "invalid_container"u8, member))
        {
            return new ApiError.InvalidContainer(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "umount_busy"u8, member))
        {
            return new ApiError.UmountBusy(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "mount_busy"u8, member))
        {
            return new ApiError.MountBusy(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "start_container_started"u8, member))
        {
            return new ApiError.StartContainerStarted(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "start_container_resource"u8, member))
        {
            return new ApiError.StartContainerResource(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "stop_container_not_started"u8, member))
        {
            return new ApiError.StopContainerNotStarted(ContainerJson.Read(ref reader));
        }

        if (Variant.IsData(ref reader, "install_duplicate"u8, member))
        {
            return new ApiError.InstallDuplicate(ContainerJson.Read(ref reader));
        }

        return Variant.IsData(ref reader, "duplicate_container"u8, member)
            ? new ApiError.DuplicateContainer(ContainerJson.Read(ref reader))
            : null;
    }

    private static ApiError ReadOther(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsData(ref reader, "unexpected"u8, member))
        {
            return new ApiError.Unexpected(ReadText(ref reader, "error"u8));
        }

        if (Variant.IsData(ref reader, "configuration"u8, member))
        {
            return new ApiError.Configuration(ReadText(ref reader, "context"u8));
        }

        if (Variant.IsData(ref reader, "invalid_arguments"u8, member))
        {
            return new ApiError.InvalidArguments(ReadText(ref reader, "cause"u8));
        }

        if (Variant.IsData(ref reader, "invalid_repository"u8, member))
        {
            return new ApiError.InvalidRepository(ReadText(ref reader, "repository"u8));
        }

        if (Variant.IsData(ref reader, "start_container_missing_resource"u8, member))
        {
            return ReadMissingResource(ref reader);
        }

        if (Variant.IsData(ref reader, "start_container_failed"u8, member))
        {
            return ReadStartFailed(ref reader);
        }

        if (Variant.IsData(ref reader, "critical_container"u8, member))
        {
            return ReadCritical(ref reader);
        }

        Variant.Unknown(ref reader, "error");
        return null;
    }

    private static string ReadText(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var seen = default(MemberSet);
        string text = "";
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, name, 0))
            {
                text = Scalars.ReadString(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return text;
    }

    private static ApiError.StartContainerMissingResource ReadMissingResource(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        ContainerName resource = default;
        string version = "";
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "resource"u8, 1))
            {
                resource = Scalars.ReadName(ref reader);
            }
            else if (seen.Take(ref reader, "version"u8, 2))
            {
                version = Scalars.ReadString(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 3);
        return new ApiError.StartContainerMissingResource(container, resource, version);
    }

    private static ApiError.StartContainerFailed ReadStartFailed(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        string error = "";
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "error"u8, 1))
            {
                error = Scalars.ReadString(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new ApiError.StartContainerFailed(container, error);
    }

    private static ApiError.CriticalContainer ReadCritical(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ContainerId container = default;
        ExitStatus? status = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "container"u8, 0))
            {
                container = Scalars.ReadContainer(ref reader);
            }
            else if (seen.Take(ref reader, "status"u8, 1))
            {
                status = ExitStatusJson.Read(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return new ApiError.CriticalContainer(container, status!);
    }
}
