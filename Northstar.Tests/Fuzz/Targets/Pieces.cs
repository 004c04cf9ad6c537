// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Cuts bytes into a sequence of pieces, as they come from a socket; where it is cut depends on the bytes alone.</summary>
internal sealed class Pieces : ReadOnlySequenceSegment<byte>
{
    private Pieces(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

    internal static ReadOnlySequence<byte> Of(byte[] bytes)
    {
        var random = new FuzzRandom((ulong)bytes.Length + (bytes.Length > 0 ? bytes[^1] : 0u));
        Pieces first = new(default, 0);
        Pieces last = first;
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - at, random.Between(1, random.OneIn(2) ? 8 : 4096));
            Pieces next = new(bytes.AsMemory(at, length), at);
            last.Next = next;
            last = next;
            at += length;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
