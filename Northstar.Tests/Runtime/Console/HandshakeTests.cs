// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Runtime.Console;

/// <summary>The first message of a connection.</summary>
public sealed class HandshakeTests
{
    private const string TooOld = """{"connect_nack":{"invalid_protocol_version":{"version":"0.9.3"}}}""";

    [TestCase("0.9.3", ConsoleFixture.Ack, Description = "T200")]
    [TestCase("0.8.3", TooOld, Description = "T201")]
    [TestCase("0.9.4", ConsoleFixture.Ack, Description = "T202")]
    [TestCase("0.9.0", ConsoleFixture.Ack, Description = "T204")]
    [TestCase("0.10.0", ConsoleFixture.Ack)]
    [TestCase("1.0.0", ConsoleFixture.Ack)]
    [TestCase("0.8.99", TooOld)]
    [TestCase("0.8.0", TooOld, Description = "T203")]
    public async Task Connect_Version_IsAnswered(string version, string answer)
    {
        await using var console = new ConsoleFixture();
        using ConsolePeerSocket another = await console.ConnectAnotherAsync();
        await console.Peer.SendLineAsync($$$"""{"connect":{"version":"{{{version}}}","subscribe_notifications":false}}""");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(answer));
        if (answer == TooOld)
        {
            Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        }

        Assert.That(await another.AskAsync("""{"request":"list"}"""), Does.StartWith("""{"response":{"list":["""), "others go on");
    }

    [Test]
    public async Task T222_Connect_SubscribingWithoutPermission_IsRefused()
    {
        await using var console = new ConsoleFixture(Permissions.Full & ~Permissions.Notifications);
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Subscribe), Is.EqualTo("""{"connect_nack":"permission_denied"}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task Connect_BothChecksFail_NamesTheVersion()
    {
        await using var console = new ConsoleFixture(Permissions.None);
        Assert.That(await console.Peer.AskAsync("""{"connect":{"version":"0.8.0","subscribe_notifications":true}}"""), Is.EqualTo(TooOld));
    }

    [TestCase("""{"request":"list"}""", Description = "T208")]
    [TestCase("""{"connect_ack":null}""")]
    [TestCase("no json")]
    [TestCase("")]
    [TestCase("   ")]
    [TestCase("""{"connect":{"version":"0.9.3"}}""")]
    [TestCase("""{"connect":{"version":"0.9.3","subscribe_notifications":null}}""")]
    public async Task Connect_AnotherFirstLine_ClosesWithoutAWord(string line)
    {
        await using var console = new ConsoleFixture();
        await console.Peer.SendLineAsync(line);
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [TestCase(ConsoleFixture.Connect, Description = "a second connect")]
    [TestCase("""{"response":"shutdown"}""")]
    [TestCase("""{"request":"unknown"}""")]
    [TestCase("""{"request":{"kill":{"container":"a:0.0.1"}}}""")]
    [TestCase("")]
    public async Task T208_Line_ThatIsNoRequest_ClosesWithoutAWord(string line)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendLineAsync(line);
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task T208_Line_OfInvalidUtf8_Closes()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendAsync(new byte[] { (byte)'"', 0xFF, (byte)'"', (byte)'\n' });
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [TestCase("")]
    [TestCase("""{"connect":""")]
    public async Task T209_Connect_OfAListenerNotInTime_Closes(string begun)
    {
        await using var console = new ConsoleFixture(isListener: true);
        await console.Peer.SendAsync(begun);
        await console.Time.TimerAsync(TimeSpan.FromSeconds(10));
        console.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task T226_Connect_OfAContainer_HasNoLimit()
    {
        await using var console = new ConsoleFixture();
        console.Time.Advance(TimeSpan.FromHours(1));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
    }

    [Test]
    public async Task Connect_OfAListenerInTime_HasNoLimitAfterwards()
    {
        await using var console = new ConsoleFixture(isListener: true);
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        console.Time.Advance(TimeSpan.FromHours(1));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task T211_Lines_WithCarriageReturnsAndBlanks_AreAccepted()
    {
        await using var console = new ConsoleFixture();
        await console.Peer.SendAsync($" \t{ConsoleFixture.Connect} \r\n\t{ConsoleFixture.Ident}\r\n");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Line_WithoutEnd_IsNotProcessed()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendAsync("""{"request":"list"}""");
        console.Peer.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [Test]
    public async Task Line_AtTheLimit_IsAccepted_AndOneByteMoreCloses()
    {
        int length = ConsoleFixture.Connect.Length;
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: l => l.MaxRequestSizeBytes = (ulong)length);
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident.PadRight(length)), Is.EqualTo(ConsoleFixture.IdentAnswer));

        // The line feed is not needed for the connection to see that it is too long.
        await console.Peer.SendAsync(ConsoleFixture.Ident.PadRight(length + 1));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }
}
