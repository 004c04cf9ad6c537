// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>Leaves out what strace saw of the launch: everything before the payload's <c>execve</c>.</summary>
/// <param name="includeRuntime">Whether nothing is left out.</param>
internal sealed class StraceFilter(bool includeRuntime)
{
    private bool _isOpen = includeRuntime;

    /// <summary>Returns whether a line is kept.</summary>
    internal bool Accepts(ReadOnlySequence<byte> line)
    {
        if (!_isOpen)
        {
            // Init executes nothing, so the first one is the payload's.
            _isOpen = new SequenceReader<byte>(line).TryReadTo(out ReadOnlySpan<byte> _, "execve("u8);
        }

        return _isOpen;
    }
}
