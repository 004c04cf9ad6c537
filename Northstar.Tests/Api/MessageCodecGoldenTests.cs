// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using Northstar.Api;

namespace Northstar.Tests.Api;

/// <summary>Every example of the protocol's description, byte for byte in both directions.</summary>
public sealed class MessageCodecGoldenTests
{
    private static IEnumerable<string> Lines() =>
        File.ReadLines(Golden("console-protocol.ndjson")).Concat(File.ReadLines(Golden("console-extensions.ndjson")));

    private static string Golden(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", "golden", name);

    [TestCaseSource(nameof(Lines))]
    public void DecodeThenEncode_Example_GivesTheSameBytes(string line)
    {
        Message message = Wire.Decode(line);

        Assert.That(Wire.Encode(message), Is.EqualTo(line + "\n"));
    }

    [TestCaseSource(nameof(Lines))]
    public void Decode_ExampleWithBlanksAndCarriageReturn_GivesTheSameMessage(string line)
    {
        Message message = Wire.Decode(" \t" + line + " \t\r\n");

        Assert.That(message, Is.EqualTo(Wire.Decode(line)));
    }

    [TestCaseSource(nameof(Lines))]
    public void Decode_ExampleCutAnywhere_Throws(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.That(() => MessageCodec.Decode(bytes.AsSpan(0, length)), Throws.TypeOf<ProtocolException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Decode_SequenceOfTwoSegments_GivesTheSameMessage()
    {
        byte[] bytes = "{\"request\":\"list\"}"u8.ToArray();
        var first = new Segment(bytes.AsMemory(0, 5), null);
        var last = new Segment(bytes.AsMemory(5), first);

        Message message = MessageCodec.Decode(new ReadOnlySequence<byte>(first, 0, last, bytes.Length - 5));

        Assert.That(message, Is.EqualTo(new Request.List()));
    }

    [Test]
    public void Examples_Together_CoverEveryKind()
    {
        var kinds = Lines().Select(Wire.Decode).Select(m => m.GetType()).ToHashSet();

        IEnumerable<Type> all = typeof(Message).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract);
        Assert.That(kinds, Is.EquivalentTo(all));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
