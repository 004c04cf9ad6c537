// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipelines;
using System.Text;
using Northstar.Api;

namespace Northstar.Tests.Api;

/// <summary>Lines, their ends and their limit.</summary>
public sealed class LineFramerTests
{
    private const string List = """{"request":"list"}""";

    [Test]
    public async Task ReadMessage_TwoMessagesAtOnce_GivesBothThenTheEnd()
    {
        LineFramer framer = Framer("{\"request\":\"list\"}\n{\"request\":\"ident\"}\r\n");

        Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.List()));
        Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.Ident()));
        Assert.That(await framer.ReadMessageAsync(), Is.Null);
    }

    [Test]
    public async Task ReadMessage_SplitAtEveryByte_GivesTheSameMessages()
    {
        byte[] bytes = "{\"request\":\"list\"}\r\n{\"request\":\"ident\"}\n"u8.ToArray();
        for (int split = 0; split <= bytes.Length; split++)
        {
            var pipe = new Pipe();
            var framer = new LineFramer(pipe.Reader, 1000);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, split));
            ValueTask<Message?> first = framer.ReadMessageAsync();
            await pipe.Writer.WriteAsync(bytes.AsMemory(split));
            await pipe.Writer.CompleteAsync();

            Assert.That(await first, Is.EqualTo(new Request.List()), $"split at {split}");
            Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.Ident()), $"split at {split}");
            Assert.That(await framer.ReadMessageAsync(), Is.Null);
        }
    }

    [TestCase(List + "\n", 18, true)]
    [TestCase(List + "\n", 17, false)]
    [TestCase(List + "\r\n", 19, true, Description = "the carriage return counts")]
    [TestCase(List + "\r\n", 18, false)]
    [TestCase(List + "  \n", 20, true)]
    public async Task ReadMessage_LineOfTheLimit_IsAcceptedAndOneMoreIsNot(string text, long limit, bool accepted)
    {
        LineFramer framer = Framer(text, limit);
        if (accepted)
        {
            Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.List()));
        }
        else
        {
            Assert.That(async () => await framer.ReadMessageAsync(), Throws.TypeOf<ProtocolException>().With.Message.Contains("longer"));
        }
    }

    [Test]
    public async Task ReadMessage_TooLongWithoutLineFeed_ThrowsAtOnce()
    {
        var pipe = new Pipe();
        var framer = new LineFramer(pipe.Reader, 10);
        await pipe.Writer.WriteAsync("0123456789"u8.ToArray());
        ValueTask<Message?> read = framer.ReadMessageAsync();
        Assert.That(read.IsCompleted, Is.False, "the limit is not exceeded yet");

        await pipe.Writer.WriteAsync("0"u8.ToArray());

        Assert.That(async () => await read, Throws.TypeOf<ProtocolException>().With.Message.Contains("longer"));
    }

    [TestCase(List)]
    [TestCase(" ")]
    public void ReadMessage_LastLineWithoutLineFeed_Throws(string text)
    {
        LineFramer framer = Framer(text);

        Assert.That(async () => await framer.ReadMessageAsync(), Throws.TypeOf<ProtocolException>());
    }

    [TestCase("\n")]
    [TestCase(" \t\r\n")]
    public void ReadMessage_EmptyLine_Throws(string text)
    {
        LineFramer framer = Framer(text);

        Assert.That(async () => await framer.ReadMessageAsync(), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public async Task ReadMessage_LineOfManyPieces_IsWhole()
    {
        var pipe = new Pipe();
        var framer = new LineFramer(pipe.Reader);
        ValueTask<Message?> read = framer.ReadMessageAsync();
        string text = new('x', 300_000);
        byte[] line = Encoding.UTF8.GetBytes(Wire.Encode(new Response.Install(new ApiError.Unexpected(text))));
        foreach (byte[] piece in line.Chunk(4096))
        {
            await pipe.Writer.WriteAsync(piece);
        }

        Assert.That(await read, Is.EqualTo(new Response.Install(new ApiError.Unexpected(text))));
    }

    [Test]
    public async Task ReadMessage_Cancelled_LosesNothing()
    {
        var pipe = new Pipe();
        var framer = new LineFramer(pipe.Reader);
        await pipe.Writer.WriteAsync("{\"request\":"u8.ToArray());
        using var cancel = new CancellationTokenSource();
        ValueTask<Message?> read = framer.ReadMessageAsync(cancel.Token);
        await cancel.CancelAsync();
        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());

        await pipe.Writer.WriteAsync("\"list\"}\n"u8.ToArray());

        Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.List()));
    }

    [Test]
    public async Task ReadMessage_BeforeRawBytes_LeavesThemToTheOwner()
    {
        PipeReader reader = PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(List + "\nraw\n" + List + "\n")));
        var framer = new LineFramer(reader);
        await framer.ReadMessageAsync();

        ReadResult raw = await reader.ReadAtLeastAsync(4);
        Assert.That(Encoding.UTF8.GetString(raw.Buffer.Slice(0, 4).FirstSpan), Is.EqualTo("raw\n"));
        reader.AdvanceTo(raw.Buffer.GetPosition(4));

        Assert.That(await framer.ReadMessageAsync(), Is.EqualTo(new Request.List()));
    }

    private static LineFramer Framer(string text, long limit = long.MaxValue) =>
        new(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), limit);
}
