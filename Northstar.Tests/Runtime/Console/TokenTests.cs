// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Tokens on connections.</summary>
public sealed class TokenTests
{
    private const string Create = """{"request":{"token_create":{"target":"extern","shared":"aGVsbG8h"}}}""";
    private const string CreateForHello = """{"request":{"token_create":{"target":"hello","shared":""}}}""";

    [Test]
    public async Task T240_Token_HasFortyBytesAndIsOk()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        string token = await TokenAsync(console.Peer, Create);
        Assert.That(Convert.FromBase64String(token), Has.Length.EqualTo(40));
        Assert.That(
            await console.Peer.AskAsync("{\"request\":{\"token_verify\":{\"token\":\"" + token + "\",\"user\":\"extern\",\"shared\":\"aGVsbG8h\"}}}"),
            Is.EqualTo("""{"response":{"token_verification":"Ok"}}"""));
    }

    [Test]
    public async Task T242_Verify_AfterTheValidity_IsExpired()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: static l => l.TokenValidity = TimeSpan.FromSeconds(1));
        string token = await TokenAsync(console.Peer, Create);
        console.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(await VerifyAsync(console.Peer, token), Is.EqualTo("Expired"));
    }

    [Test]
    public async Task T244_Token_Of39Bytes_IsNoMessageAndCloses()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        string token = Convert.ToBase64String(new byte[39]);
        Assert.That(
            await console.Peer.AskAsync($$$$$$"""{"request":{"token_verify":{"token":"{{{{{{token}}}}}}","user":"extern","shared":""}}}"""), Is.EqualTo("closed"));
    }

    [Test]
    public async Task C12_Bound_TheTokenCountsWhileThatStartRuns()
    {
        var runtime = new FakeRuntime { OnFindInstance = static _ => "repository, key, start 1" };
        await using var server = new ConsoleServer(runtime, new ConsoleOptions { BoundTokens = true }, NullLoggerFactory.Instance, new ManualTimeProvider());
        using ConsolePeerSocket creator = Container(server, FakeRuntime.Hello);
        using ConsolePeerSocket verifier = Container(server, ContainerId.Parse("server:0.0.1"));
        Assert.That(await creator.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await verifier.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        string token = await TokenAsync(creator, """{"request":{"token_create":{"target":"server","shared":""}}}""");
        Assert.That(await VerifyAsync(verifier, token, "hello", ""), Is.EqualTo("Ok"));
        runtime.OnFindInstance = static _ => "repository, key, start 2";
        Assert.That(await VerifyAsync(verifier, token, "hello", ""), Is.EqualTo("Invalid"), "after a restart");
        runtime.OnFindInstance = static _ => "another repository, key, start 1";
        Assert.That(await VerifyAsync(verifier, token, "hello", ""), Is.EqualTo("Invalid"), "a container of the same name from elsewhere");
        runtime.OnFindInstance = static _ => null;
        Assert.That(await VerifyAsync(verifier, token, "hello", ""), Is.EqualTo("Invalid"), "it ended");
    }

    [Test]
    public async Task C12_Bound_ExternalClients_AreAsBefore()
    {
        var runtime = new FakeRuntime();
        await using var server = new ConsoleServer(runtime, new ConsoleOptions { BoundTokens = true }, NullLoggerFactory.Instance, new ManualTimeProvider());
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        _ = server.ServeAsync(ours.ToSocket(), Permissions.Full);
        using var peer = new ConsolePeerSocket(theirs.ToSocket());
        Assert.That(await peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await VerifyAsync(peer, await TokenAsync(peer, Create)), Is.EqualTo("Ok"));
    }

    [Test]
    public async Task C12_OptionsOff_ATokenIsVerifiedAnyNumberOfTimesAndOutlivesItsMaker()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        string token = await TokenAsync(console.Peer, Create);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(await VerifyAsync(console.Peer, token), Is.EqualTo("Ok"));
        }

        Assert.That(console.Runtime.Calls, Is.Empty, "tokens need nothing of the engine");
        _ = await TokenAsync(console.Peer, CreateForHello);
    }

    [TestCase(2, "Expired")]
    [TestCase(3, "Ok")]
    [TestCase(10, "Ok")]
    public async Task C12_Validity_OfTheRequest_IsTheShorterOne(int seconds, string expected)
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(subscribe: false);
        string token = await TokenAsync(console.Peer, Create);
        console.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(await VerifyMoreAsync(console.Peer, token, $",\"validity\":{seconds}"), Is.EqualTo(expected));
    }

    [Test]
    public async Task C12_Validity_OfTheRequest_DoesNotExceedTheConfiguredOne()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(subscribe: false);
        string token = await TokenAsync(console.Peer, Create);
        console.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.That(await VerifyMoreAsync(console.Peer, token, ",\"validity\":4294967295"), Is.EqualTo("Expired"));
    }

    [Test]
    public async Task C12_Presenter_OfAnotherContainer_IsInvalidAndDoesNotUseTheTokenUp()
    {
        var runtime = new FakeRuntime { OnIsProcessOf = static (name, process) => name.ToString() == "hello" && process == 7 };
        await using var server = new ConsoleServer(runtime, new ConsoleOptions { SingleUseTokens = true }, NullLoggerFactory.Instance, new ManualTimeProvider());
        using ConsolePeerSocket creator = Container(server, FakeRuntime.Hello);
        using ConsolePeerSocket verifier = Container(server, ContainerId.Parse("server:0.0.1"));
        Assert.That(await creator.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(
            await verifier.AskAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false,"extensions":true}}"""), Is.EqualTo(ConsoleFixture.ExtendedAck));
        string token = await TokenAsync(creator, """{"request":{"token_create":{"target":"server","shared":""}}}""");
        Assert.That(await VerifyMoreAsync(verifier, token, ",\"presenter\":8", "hello", ""), Is.EqualTo("Invalid"), "somebody else");
        Assert.That(await VerifyMoreAsync(verifier, token, ",\"presenter\":7", "other", ""), Is.EqualTo("Invalid"), "under another name");
        Assert.That(await VerifyMoreAsync(verifier, token, ",\"presenter\":7", "hello", ""), Is.EqualTo("Ok"));
        Assert.That(await VerifyMoreAsync(verifier, token, ",\"presenter\":7", "hello", ""), Is.EqualTo("Invalid"), "a second time");
    }

    /// <summary>What narrows is never passed over: a runtime or a connection that cannot do it gives no answer.</summary>
    [TestCase(false, ",\"presenter\":7")]
    [TestCase(false, ",\"validity\":5")]
    [TestCase(true, ",\"presenter\":\"7\"")]
    [TestCase(true, ",\"presenter\":null")]
    [TestCase(true, ",\"presenter\":-1")]
    [TestCase(true, ",\"validity\":1.5")]
    [TestCase(true, ",\"validity\":4294967296")]
    public async Task C12_MemberThatCannotBeHeeded_Closes(bool extended, string member)
    {
        await using ConsoleFixture console = extended ? await ConsoleFixture.ExtendedAsync(subscribe: false) : await ConsoleFixture.ConnectedAsync();
        string token = await TokenAsync(console.Peer, Create);
        Assert.That(
            await console.Peer.AskAsync("{\"request\":{\"token_verify\":{\"token\":\"" + token + "\",\"user\":\"extern\",\"shared\":\"aGVsbG8h\"" + member + "}}}"),
            Is.EqualTo("closed"));
    }

    private static async Task<string> VerifyMoreAsync(ConsolePeerSocket peer, string token, string members, string user = "extern", string shared = "aGVsbG8h") =>
        (await peer.AskAsync($"{{\"request\":{{\"token_verify\":{{\"token\":\"{token}\",\"user\":\"{user}\",\"shared\":\"{shared}\"{members}}}}}}}")).Split('"')[5];

    private static ConsolePeerSocket Container(ConsoleServer server, ContainerId id)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        server.ServeContainer(ours.ToSocket(), id, Permissions.Full, null, CancellationToken.None);
        return new ConsolePeerSocket(theirs.ToSocket());
    }

    private static async Task<string> TokenAsync(ConsolePeerSocket peer, string request)
    {
        string answer = await peer.AskAsync(request);
        Assert.That(answer, Does.StartWith("""{"response":{"token":"""));
        return answer.Split('"')[5];
    }

    private static async Task<string> VerifyAsync(ConsolePeerSocket peer, string token, string user = "extern", string shared = "aGVsbG8h")
    {
        string answer = await peer.AskAsync($$$$$$"""{"request":{"token_verify":{"token":"{{{{{{token}}}}}}","user":"{{{{{{user}}}}}}","shared":"{{{{{{shared}}}}}}"}}}""");
        return answer.Split('"')[5];
    }
}
