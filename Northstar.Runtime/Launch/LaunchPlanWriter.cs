// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Northstar.Runtime.Launch;

/// <summary>Turns a plan into the message that northstar-init reads, and numbers its descriptors.</summary>
/// <remarks>
/// Little-endian numbers; a text is its length in bytes without the final NUL, the bytes, and a NUL. A descriptor is its index among
/// those of the message, -1 for none. <c>Init/PlanReader</c> reads the same fields in the same order.
/// </remarks>
internal sealed class LaunchPlanWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly List<SafeHandle> _descriptors = [];

    /// <summary>Gets the descriptors in the order of their indexes.</summary>
    internal IReadOnlyList<SafeHandle> Descriptors => _descriptors;

    /// <summary>Gets the bytes written so far.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    /// <summary>Writes a plan; <paramref name="control"/> is the init's end of the container's socket and becomes descriptor 0.</summary>
    internal void Write(LaunchPlan plan, SafeHandle control)
    {
        Descriptor(control, write: false);
        Text(plan.ProcessName);
        Text(plan.HostName);
        Descriptor(plan.NetworkNamespace);
        Payload(plan);
        Descriptor(plan.Root);
        Mounts(plan);
        Texts(plan.MaskedPaths);
    }

    /// <summary>The payload begins while init still builds the root: its fields are a section of their own, with their length in front.</summary>
    private void Payload(LaunchPlan plan)
    {
        int start = _buffer.WrittenCount;
        Number(0u);
        Number(plan.Uid);
        Number(plan.Gid);
        Number((uint)plan.Groups.Count);
        foreach (uint group in plan.Groups)
        {
            Number(group);
        }

        Number(plan.Capabilities);
        Text(plan.Label);
        Number((uint)plan.Rlimits.Count);
        foreach (PlannedRlimit limit in plan.Rlimits)
        {
            Text(limit.Name);
            Number((uint)limit.Resource);
            Number(limit.Soft);
            Number(limit.Hard);
        }

        Number(plan.Scheduling is null ? 0u : 1u);
        PlannedScheduling scheduling = plan.Scheduling.GetValueOrDefault();
        Number(unchecked((uint)scheduling.Policy));
        Number(unchecked((uint)scheduling.Priority));
        Number(unchecked((uint)scheduling.Nice));
        Number((uint)plan.Seccomp.Length);
        _buffer.Write(plan.Seccomp.Span);
        foreach (SafeHandle? stream in plan.StandardStreams)
        {
            Descriptor(stream);
        }

        DescriptorList(plan.Inherited);
        Text(plan.Program);
        Texts(plan.Arguments);
        Texts(plan.Environment);
        int length = _buffer.WrittenCount - start - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span[start..], (uint)length);
    }

    private void Mounts(LaunchPlan plan)
    {
        Number((uint)plan.Mounts.Count);
        foreach (PlannedMount mount in plan.Mounts)
        {
            Number((uint)mount.Kind);
            Text(mount.Target);
            Number(mount.Attributes);
            Descriptor(mount.Source);
            Text(mount.Data);
        }
    }

    private void DescriptorList(IReadOnlyList<SafeHandle> handles)
    {
        Number((uint)handles.Count);
        foreach (SafeHandle handle in handles)
        {
            Descriptor(handle);
        }
    }

    private void Descriptor(SafeHandle? handle, bool write = true)
    {
        int index = -1;
        if (handle is not null)
        {
            index = _descriptors.IndexOf(handle);
            if (index < 0)
            {
                index = _descriptors.Count;
                _descriptors.Add(handle);
            }
        }

        if (write)
        {
            Number(unchecked((uint)index));
        }
    }

    private void Texts(IReadOnlyList<string> texts)
    {
        Number((uint)texts.Count);
        foreach (string text in texts)
        {
            Text(text);
        }
    }

    private void Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Number((uint)length);
        Span<byte> span = _buffer.GetSpan(length + 1);
        Encoding.UTF8.GetBytes(text, span);
        span[length] = 0;
        _buffer.Advance(length + 1);
    }

    private void Number(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    private void Number(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }
}
