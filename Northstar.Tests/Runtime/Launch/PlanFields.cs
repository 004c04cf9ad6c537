// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Init;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>A plan as the list of its fields: made from a plan, and from what northstar-init reads of it.</summary>
internal static unsafe class PlanFields
{
    /// <summary>Lists the fields of a plan in the order they are written; a descriptor is the name of its memory file.</summary>
    internal static List<string> Of(LaunchPlan plan)
    {
        var fields = new List<string> { plan.ProcessName, plan.HostName, Name(plan.NetworkNamespace) };
        fields.AddRange([Text(plan.Uid), Text(plan.Gid)]);
        Add(fields, plan.Groups, static (all, group) => all.Add(Text(group)));
        fields.AddRange([Text(plan.Capabilities), plan.Label]);
        Add(fields, plan.Rlimits, static (all, limit) => all.AddRange([limit.Name, Text((uint)limit.Resource), Text(limit.Soft), Text(limit.Hard)]));
        PlannedScheduling scheduling = plan.Scheduling.GetValueOrDefault();
        fields.AddRange([plan.Scheduling is null ? "0" : "1", Text((uint)scheduling.Policy), Text((uint)scheduling.Priority), Text(unchecked((uint)scheduling.Nice))]);
        fields.AddRange([Text((uint)plan.Seccomp.Length), Convert.ToHexString(plan.Seccomp.Span)]);
        fields.AddRange(plan.StandardStreams.Select(Name));
        Add(fields, plan.Inherited, static (all, inherited) => all.Add(Name(inherited)));
        fields.Add(plan.Program);
        Add(fields, plan.Arguments, static (all, argument) => all.Add(argument));
        Add(fields, plan.Environment, static (all, variable) => all.Add(variable));
        fields.Add(Name(plan.Root));
        Add(fields, plan.Mounts, static (all, mount) =>
            all.AddRange([Text((uint)mount.Kind), mount.Target, Text(mount.Attributes), Name(mount.Source), mount.Data]));
        Add(fields, plan.MaskedPaths, static (all, path) => all.Add(path));
        return fields;
    }

    /// <summary>Lists the fields that northstar-init reads.</summary>
    internal static List<string> Read(ref ReceivedRequest request)
    {
        var reader = new PlanReader(ref request);
        var fields = new List<string> { Text(reader.Text()), Text(reader.Text()), Name(reader.Descriptor()) };
        PlanReader payload = reader.Section();
        fields.AddRange([Text(payload.Number()), Text(payload.Number())]);
        for (uint left = Count(ref payload, fields); left > 0; left--)
        {
            fields.Add(Text(payload.Number()));
        }

        fields.AddRange([Text(payload.Number64()), Text(payload.Text())]);
        for (uint left = Count(ref payload, fields); left > 0; left--)
        {
            fields.AddRange([Text(payload.Text()), Text(payload.Number()), Text(payload.Number64()), Text(payload.Number64())]);
        }

        fields.AddRange([Text(payload.Number()), Text(payload.Number()), Text(payload.Number()), Text(payload.Number())]);
        uint length = Count(ref payload, fields);
        fields.Add(Convert.ToHexString(new ReadOnlySpan<byte>(payload.Bytes(length), (int)length)));
        fields.AddRange([Name(payload.Descriptor()), Name(payload.Descriptor()), Name(payload.Descriptor())]);
        for (uint left = Count(ref payload, fields); left > 0; left--)
        {
            fields.Add(Name(payload.Descriptor()));
        }

        fields.Add(Text(payload.Text()));
        Texts(ref payload, fields);
        Texts(ref payload, fields);
        fields.Add(Name(reader.Descriptor()));
        for (uint left = Count(ref reader, fields); left > 0; left--)
        {
            fields.AddRange([Text(reader.Number()), Text(reader.Text()), Text(reader.Number64()), Name(reader.Descriptor()), Text(reader.Text())]);
        }

        Texts(ref reader, fields);
        return fields;
    }

    private static void Texts(ref PlanReader reader, List<string> fields)
    {
        for (uint left = Count(ref reader, fields); left > 0; left--)
        {
            fields.Add(Text(reader.Text()));
        }
    }

    private static uint Count(ref PlanReader reader, List<string> fields)
    {
        uint count = reader.Number();
        fields.Add(Text(count));
        return count;
    }

    private static void Add<T>(List<string> fields, IReadOnlyList<T> items, Action<List<string>, T> add)
    {
        fields.Add(Text((uint)items.Count));
        foreach (T item in items)
        {
            add(fields, item);
        }
    }

    private static string Name(SafeHandle? handle)
    {
        if (handle is null)
        {
            return "none";
        }

        using var fd = new Borrow(handle);
        return Name(fd.Fd);
    }

    private static string Name(int descriptor) =>
        descriptor < 0 ? "none" : new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? "closed";

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
