// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Notifications.</summary>
internal static class NotificationJson
{
    private static readonly Notification.Shutdown s_shutdown = new();

    internal static Notification Read(ref Utf8JsonReader reader)
    {
        bool member = Variant.Enter(ref reader);
        Notification notification = ReadAlternative(ref reader, member);
        Variant.Leave(ref reader, member);
        return notification;
    }

    internal static void Write(Utf8JsonWriter writer, Notification notification)
    {
        if (notification is Notification.Shutdown)
        {
            writer.WriteStringValue("shutdown"u8);
            return;
        }

        writer.WriteStartObject();
        switch (notification)
        {
            case Notification.Started n:
                Scalars.Write(writer, "started"u8, n.Container);
                break;
            case Notification.Install n:
                Scalars.Write(writer, "install"u8, n.Container);
                break;
            case Notification.Uninstall n:
                Scalars.Write(writer, "uninstall"u8, n.Container);
                break;
            case Notification.Exit n:
                writer.WriteStartArray("exit"u8);
                Scalars.Write(writer, n.Container);
                ExitStatusJson.Write(writer, n.Status);
                writer.WriteEndArray();
                break;
            case Notification.CGroup n:
                writer.WriteStartArray("c_group"u8);
                Scalars.Write(writer, n.Container);
                WriteEvents(writer, n.Memory);
                writer.WriteEndArray();
                break;
            case Notification.Corrupted n:
                writer.WriteStartArray("corrupted"u8);
                Scalars.Write(writer, n.Container);
                writer.WriteStartObject();
                writer.WriteString("cause"u8, n.Cause);
                writer.WriteEndObject();
                writer.WriteEndArray();
                break;
            case Notification.Verifying n:
                writer.WriteStartArray("verifying"u8);
                Scalars.Write(writer, n.Container);
                writer.WriteStartObject();
                writer.WriteNumber("done"u8, n.DoneBytes);
                writer.WriteNumber("total"u8, n.TotalBytes);
                writer.WriteEndObject();
                writer.WriteEndArray();
                break;
            case Notification.Output n:
                OutputJson.Write(writer, n);
                break;
            case Notification.OutputLost n:
                OutputJson.Write(writer, n);
                break;
            case Notification.OutputEnd n:
                OutputJson.Write(writer, n);
                break;
        }

        writer.WriteEndObject();
    }

    private static Notification ReadAlternative(ref Utf8JsonReader reader, bool member)
    {
        if (Variant.IsData(ref reader, "started"u8, member))
        {
            return new Notification.Started(Scalars.ReadContainer(ref reader));
        }

        if (Variant.IsData(ref reader, "exit"u8, member))
        {
            ContainerId container = ReadPairStart(ref reader);
            var exit = new Notification.Exit(container, ExitStatusJson.Read(ref reader));
            ReadPairEnd(ref reader);
            return exit;
        }

        if (Variant.IsData(ref reader, "install"u8, member))
        {
            return new Notification.Install(Scalars.ReadContainer(ref reader));
        }

        if (Variant.IsData(ref reader, "uninstall"u8, member))
        {
            return new Notification.Uninstall(Scalars.ReadContainer(ref reader));
        }

        if (Variant.IsData(ref reader, "c_group"u8, member))
        {
            ContainerId container = ReadPairStart(ref reader);
            var events = new Notification.CGroup(container, ReadEvents(ref reader));
            ReadPairEnd(ref reader);
            return events;
        }

        return Variant.IsUnit(ref reader, "shutdown"u8, member) ? s_shutdown : ReadExtension(ref reader, member);
    }

    private static Notification ReadExtension(ref Utf8JsonReader reader, bool member)
    {
        ContainerId container;
        Notification notification;
        if (Variant.IsData(ref reader, "output"u8, member))
        {
            container = ReadPairStart(ref reader);
            notification = OutputJson.ReadOutput(ref reader, container);
        }
        else if (Variant.IsData(ref reader, "output_lost"u8, member))
        {
            container = ReadPairStart(ref reader);
            notification = OutputJson.ReadLost(ref reader, container);
        }
        else if (Variant.IsData(ref reader, "output_end"u8, member))
        {
            container = ReadPairStart(ref reader);
            notification = OutputJson.ReadEnd(ref reader, container);
        }
        else if (Variant.IsData(ref reader, "corrupted"u8, member))
        {
            container = ReadPairStart(ref reader);
            notification = new Notification.Corrupted(container, ReadCause(ref reader));
        }
        else if (Variant.IsData(ref reader, "verifying"u8, member))
        {
            container = ReadPairStart(ref reader);
            (ulong done, ulong total) = ReadProgress(ref reader);
            notification = new Notification.Verifying(container, done, total);
        }
        else
        {
            Variant.Unknown(ref reader, "notification");
            return null;
        }

        ReadPairEnd(ref reader);
        return notification;
    }

    private static string ReadCause(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        string cause = "";
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "cause"u8, 0))
            {
                cause = Scalars.ReadString(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 1);
        return cause;
    }

    private static (ulong Done, ulong Total) ReadProgress(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ulong done = 0;
        ulong total = 0;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "done"u8, 0))
            {
                done = Scalars.ReadUInt64(ref reader);
            }
            else if (seen.Take(ref reader, "total"u8, 1))
            {
                total = Scalars.ReadUInt64(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        seen.Require(ref reader, 2);
        return (done, total);
    }

    private static ContainerId ReadPairStart(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartArray);
        reader.Read();
        ContainerId container = Scalars.ReadContainer(ref reader);
        reader.Read();
        return container;
    }

    private static void ReadPairEnd(ref Utf8JsonReader reader)
    {
        reader.Read();
        Json.Expect(ref reader, JsonTokenType.EndArray);
    }

    private static MemoryEvents ReadEvents(ref Utf8JsonReader reader)
    {
        bool member = Variant.Enter(ref reader);
        if (!Variant.IsData(ref reader, "memory"u8, member))
        {
            Variant.Unknown(ref reader, "cgroup event");
        }

        MemoryEvents events = ReadMemory(ref reader);
        Variant.Leave(ref reader, member);
        return events;
    }

    private static MemoryEvents ReadMemory(ref Utf8JsonReader reader)
    {
        var seen = default(MemberSet);
        ulong? low = null;
        ulong? high = null;
        ulong? max = null;
        ulong? oom = null;
        ulong? oomKill = null;
        Json.Expect(ref reader, JsonTokenType.StartObject);
        while (Json.NextMember(ref reader))
        {
            if (seen.Take(ref reader, "low"u8, 0))
            {
                low = Scalars.ReadUInt64OrNull(ref reader);
            }
            else if (seen.Take(ref reader, "high"u8, 1))
            {
                high = Scalars.ReadUInt64OrNull(ref reader);
            }
            else if (seen.Take(ref reader, "max"u8, 2))
            {
                max = Scalars.ReadUInt64OrNull(ref reader);
            }
            else if (seen.Take(ref reader, "oom"u8, 3))
            {
                oom = Scalars.ReadUInt64OrNull(ref reader);
            }
            else if (seen.Take(ref reader, "oom_kill"u8, 4))
            {
                oomKill = Scalars.ReadUInt64OrNull(ref reader);
            }
            else
            {
                Json.SkipMember(ref reader);
            }
        }

        return new MemoryEvents(low, high, max, oom, oomKill);
    }

    private static void WriteEvents(Utf8JsonWriter writer, MemoryEvents events)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("memory"u8);
        Scalars.Write(writer, "low"u8, events.Low);
        Scalars.Write(writer, "high"u8, events.High);
        Scalars.Write(writer, "max"u8, events.Max);
        Scalars.Write(writer, "oom"u8, events.Oom);
        Scalars.Write(writer, "oom_kill"u8, events.OomKill);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
