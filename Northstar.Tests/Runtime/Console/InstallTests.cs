// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Runtime;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Bytes of a package on a connection.</summary>
public sealed class InstallTests
{
    private const string Ok = """{"response":{"install":{"ok":{"container":"hello:0.0.1"}}}}""";

    private static readonly byte[] s_package = [.. Enumerable.Range(0, 60_000).Select(static i => unchecked((byte)(i * 7)))];

    [Test]
    public async Task Install_InPieces_TakesExactlyItsBytes([Values(1, 3, 20_000, 60_000)] int pieces)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendLineAsync(Request(s_package.Length));
        foreach (byte[] piece in s_package.Chunk(s_package.Length / Math.Min(pieces, 100)))
        {
            await console.Peer.SendAsync(piece);
        }

        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Ok));
        Assert.That(console.Runtime.LastInstall!.Bytes, Is.EqualTo(s_package));
        Assert.That(console.Runtime.LastInstall.Disposed.Task.IsCompleted);
    }

    [Test]
    public async Task Install_WithTheNextRequestsBehindIt_AnswersThemAll()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        byte[] line = System.Text.Encoding.UTF8.GetBytes(Request(10) + "\n");
        byte[] next = System.Text.Encoding.UTF8.GetBytes(ConsoleFixture.Ident + "\n" + Request(3) + "\nabc" + ConsoleFixture.Ident + "\n");
        await console.Peer.SendAsync((byte[])[.. line, .. "0123456789"u8, .. next]);
        foreach (string answer in new[] { Ok, ConsoleFixture.IdentAnswer, Ok, ConsoleFixture.IdentAnswer })
        {
            Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(answer));
        }

        Assert.That(console.Runtime.LastInstall!.Bytes, Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public async Task Image_OnAConnectionWithExtensions_IsPassedOn()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(subscribe: false);
        await console.Peer.SendLineAsync("""{"request":{"install":{"repository":"mem","size":0,"image":{"offset":8192,"more":[1],"salt":"0aff"}}}}""");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Ok));
        Assert.That(console.Runtime.Calls.First(), Is.EqualTo("install mem 0 8192 0aff"));
    }

    /// <summary>To 0.9.3 the member is unknown, and what nobody can use is no reason to refuse a package.</summary>
    [TestCase(false, """{"offset":8192,"salt":"0aff"}""")]
    [TestCase(true, "null")]
    [TestCase(true, "[[]]")]
    [TestCase(true, """{"offset":8192}""")]
    [TestCase(true, """{"salt":"0aff"}""")]
    [TestCase(true, """{"offset":8193,"salt":"0aff"}""")]
    [TestCase(true, """{"offset":-4096,"salt":"0aff"}""")]
    [TestCase(true, """{"offset":"8192","salt":"0aff"}""")]
    [TestCase(true, """{"offset":8192,"salt":"0af"}""")]
    [TestCase(true, """{"offset":8192,"salt":"0AFF"}""")]
    [TestCase(true, """{"offset":8192,"salt":{}}""")]
    public async Task Image_ThatIsNotToBeUsed_IsPassedOver(bool extended, string image)
    {
        await using ConsoleFixture console = extended ? await ConsoleFixture.ExtendedAsync(subscribe: false) : await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendLineAsync("{\"request\":{\"install\":{\"repository\":\"mem\",\"size\":0,\"image\":" + image + "}}}");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Ok));
        Assert.That(console.Runtime.Calls.First(), Is.EqualTo("install mem 0"));
    }

    /// <summary>More bytes than announced are the next message, which they are not: that connection ends, and nothing else.</summary>
    [TestCase(1)]
    [TestCase(65_536)]
    public async Task C02_MoreBytesThanAnnounced_InstallsAndThenCloses(int surplus)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        byte[] line = System.Text.Encoding.UTF8.GetBytes(Request(10) + "\n");
        await console.Peer.SendAsync((byte[])[.. line, .. "0123456789"u8, .. Enumerable.Repeat((byte)'x', surplus), (byte)'\n']);
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Ok));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        Assert.That(console.Runtime.LastInstall!.Bytes, Is.EqualTo("0123456789"u8.ToArray()));
    }

    [TestCase("9223372036854775808")]
    [TestCase("18446744073709551615")]
    public async Task C02_AnnouncementBeyondEverything_ClosesUnread(string size)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        Assert.That(await console.Peer.AskAsync("""{"request":{"install":{"repository":"mem","size":""" + size + "}}}"), Is.EqualTo("closed"));
        Assert.That(console.Runtime.LastInstall, Is.Null);
    }

    [Test]
    public async Task C02_OneByteLessThanAnnounced_KeepsNothing()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendAsync(Request(5) + "\nabcd");
        console.Peer.Socket.Shutdown(SocketShutdown.Send);
        Assert.That(await console.Peer.ReadLineAsync(), Does.StartWith("""{"response":{"install":{"error":"""));
        Assert.That(console.Runtime.LastInstall!.Disposed.Task.IsCompleted);
        Assert.That(console.Runtime.Calls, Does.Not.Contain("complete"));
    }

    [Test]
    public async Task Install_RefusedAtTheBeginning_TakesItsBytesAllTheSame()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = static _ => throw new RuntimeException(RuntimeErrorCode.InvalidRepository, "no");
        await console.Peer.SendLineAsync(Request(s_package.Length));
        await console.Peer.SendAsync(s_package);
        Assert.That(
            await console.Peer.ReadLineAsync(),
            Is.EqualTo("""{"response":{"install":{"error":{"error":{"invalid_repository":{"repository":"mem"}}}}}}"""));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Install_StorageFull_TakesItsBytesAllTheSame()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendLineAsync(Request(2 * s_package.Length));
        await console.Peer.SendAsync(s_package);
        await console.Peer.SendAsync(s_package);
        Assert.That(
            await console.Peer.ReadLineAsync(),
            Is.EqualTo("""{"response":{"install":{"error":{"error":{"unexpected":{"error":"the storage is full"}}}}}}"""));
        Assert.That(console.Runtime.LastInstall!.Disposed.Task.IsCompleted);
        Assert.That(console.Runtime.Calls, Has.None.EqualTo("complete"));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Install_Duplicate_NamesTheContainer()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = static call => call == "complete"
            ? throw new RuntimeException(RuntimeErrorCode.InstallDuplicate, "elsewhere", FakeRuntime.Hello)
            : Task.CompletedTask;
        Assert.That(
            await console.Peer.AskAsync(Request(0)),
            Is.EqualTo("""{"response":{"install":{"error":{"error":{"install_duplicate":{"container":"hello:0.0.1"}}}}}}"""));
    }

    [Test]
    public async Task Install_StreamEndsEarly_AnswersAnErrorAndKeepsNothing()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendAsync(Request(100) + "\nabc");
        console.Peer.Socket.Shutdown(SocketShutdown.Send);
        Assert.That(
            await console.Peer.ReadLineAsync(),
            Is.EqualTo("""{"response":{"install":{"error":{"error":{"unexpected":{"error":"the package ended after 3 bytes"}}}}}}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        Assert.That(console.Runtime.LastInstall!.Disposed.Task.IsCompleted);
    }

    [Test]
    public async Task T206_Install_LargerThanAllowed_ClosesWithoutAWord()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: static l => l.MaxNpkInstallSizeBytes = 99);
        await console.Peer.SendLineAsync(Request(100));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [Test]
    public async Task T207_Install_Stalled_ClosesAndKeepsNothing()
    {
        TimeSpan limit = TimeSpan.FromSeconds(7);
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: l => l.NpkStreamTimeout = limit);
        await console.Peer.SendLineAsync(Request(100));
        await console.Time.TimerAsync(limit);

        // Each piece gives the next one the whole time.
        console.Time.Advance(limit - TimeSpan.FromSeconds(1));
        Task armed = console.Time.TimerAsync(limit);
        await console.Peer.SendAsync("abc");
        await armed;
        console.Time.Advance(limit - TimeSpan.FromSeconds(1));
        Assert.That(console.Runtime.LastInstall!.Disposed.Task.IsCompleted, Is.False);
        console.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        await console.Ended.WaitAsync(ConsolePeerSocket.Deadline);
        Assert.That(console.Runtime.LastInstall.Disposed.Task.IsCompleted);
        Assert.That(console.Runtime.Calls, Is.EqualTo(new[] { "install mem 100" }));
    }

    [Test]
    public async Task Install_StoppedWhileItBegins_KeepsNothing()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        console.Runtime.OnCall = async _ =>
        {
            asked.SetResult();
            await go.Task;
        };
        await console.Peer.SendLineAsync(Request(100));
        await asked.Task.WaitAsync(ConsolePeerSocket.Deadline);
        await console.StopAsync();
        go.SetResult();
        Assert.That(() => console.Runtime.LastInstall?.Disposed.Task.IsCompleted, Is.True.After(20_000, 5));
    }

    [Test]
    public async Task Install_StoppedWhileItIsVerified_KeepsNothing()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        var verifying = new TaskCompletionSource();
        console.Runtime.OnCall = call =>
        {
            if (call != "complete")
            {
                return Task.CompletedTask;
            }

            verifying.SetResult();
            return new TaskCompletionSource().Task;
        };
        await console.Peer.SendLineAsync(Request(0));
        await verifying.Task.WaitAsync(ConsolePeerSocket.Deadline);
        await console.StopAsync();
        Assert.That(console.Runtime.LastInstall!.Disposed.Task.IsCompleted);
    }

    private static string Request(int size) => $$$$"""{"request":{"install":{"repository":"mem","size":{{{{size}}}}}}}""";
}
