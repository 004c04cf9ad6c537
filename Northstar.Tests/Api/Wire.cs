// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using Northstar.Api;

namespace Northstar.Tests.Api;

/// <summary>Messages as text and back.</summary>
internal static class Wire
{
    internal static string Encode(Message message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(buffer, message);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    internal static Message Decode(string line) => MessageCodec.Decode(Encoding.UTF8.GetBytes(line));

    internal static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}
