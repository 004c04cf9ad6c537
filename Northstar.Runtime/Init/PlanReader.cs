// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>Reads the fields of a plan in the order <c>LaunchPlanWriter</c> wrote them. A field outside the message fails the launch.</summary>
internal unsafe ref struct PlanReader(ref ReceivedRequest request)
{
    private byte* _next = request.Plan;
    private byte* _end = request.Plan + request.PlanLength;
    private readonly ref ReceivedRequest _request = ref request;

    internal uint Number()
    {
        Need(sizeof(uint));
        uint value = Unsafe.ReadUnaligned<uint>(_next);
        _next += sizeof(uint);
        return value;
    }

    internal ulong Number64()
    {
        Need(sizeof(ulong));
        ulong value = Unsafe.ReadUnaligned<ulong>(_next);
        _next += sizeof(ulong);
        return value;
    }

    /// <summary>Reads a text; it lies in the message and ends with a NUL.</summary>
    internal byte* Text()
    {
        uint length = Number();
        Need((long)length + 1);
        byte* text = _next;
        _next += length + 1;
        if (text[length] != 0)
        {
            Malformed();
        }

        return text;
    }

    internal byte* Bytes(uint length)
    {
        Need(length);
        byte* bytes = _next;
        _next += length;
        return bytes;
    }

    /// <summary>Returns a reader of a section, and goes on behind it.</summary>
    internal PlanReader Section()
    {
        uint length = Number();
        PlanReader section = this;
        _ = Bytes(length);
        section._end = _next;
        return section;
    }

    /// <summary>Reads a descriptor, -1 for none.</summary>
    internal int Descriptor()
    {
        int index = unchecked((int)Number());
        if (index >= _request.DescriptorCount)
        {
            Malformed();
        }

        return index < 0 ? -1 : _request.Descriptors[index];
    }

    private readonly void Need(long count)
    {
        if (count > _end - _next)
        {
            Malformed();
        }
    }

    private static void Malformed() => Failure.Report(LaunchStage.Receive, (int)Errno.EBADMSG, null);
}
