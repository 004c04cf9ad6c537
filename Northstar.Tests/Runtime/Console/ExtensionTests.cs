// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Console;

/// <summary>What goes beyond 0.9.3 is there for those who ask for it, and for nobody else.</summary>
public sealed class ExtensionTests
{
    private const string Follow = """{"request":{"output_subscribe":{"container":"hello:0.0.1","stdout":true,"stderr":true}}}""";
    private const string Followed = """{"response":{"output_subscribe":{"ok":{"container":"hello:0.0.1"}}}}""";

    private static readonly string[] s_requests =
        [Follow, """{"request":{"output_unsubscribe":{"container":"hello:0.0.1"}}}""", """{"request":"statistics"}""",
        """{"request":{"verify":{"container":"hello:0.0.1"}}}""", """{"request":{"set_floor":{"repository":"mem","container":"hello:0.0.1"}}}"""];

    [TestCase("true", ConsoleFixture.ExtendedAck)]
    [TestCase("false", ConsoleFixture.Ack)]
    [TestCase("null", ConsoleFixture.Ack)]
    [TestCase("""{"a":[1]}""", ConsoleFixture.Ack)]
    public async Task Connect_WithExtensions_ListsThemWhenAsked(string value, string ack)
    {
        await using var console = new ConsoleFixture();
        Assert.That(
            await console.Peer.AskAsync($$$"""{"connect":{"version":"0.9.3","subscribe_notifications":false,"extensions":{{{value}}}}}"""), Is.EqualTo(ack));
    }

    [TestCaseSource(nameof(s_requests))]
    public async Task Request_OfAnExtension_WithoutAsking_ClosesAsAnUnknownOneDoes(string request)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        Assert.That(await console.Peer.AskAsync(request), Is.EqualTo("closed"));
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [Test]
    public async Task Notification_OfAnExtension_GoesToThoseWhoAsked([Values] bool asked)
    {
        await using ConsoleFixture console = asked ? await ConsoleFixture.ExtendedAsync() : await ConsoleFixture.ConnectedAsync(subscribe: true);
        console.Runtime.Notifications.Publish(new Notification.Corrupted(FakeRuntime.Hello, "changed"));
        console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
        if (asked)
        {
            Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"corrupted":["hello:0.0.1",{"cause":"changed"}]}}"""));
        }

        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"started":"hello:0.0.1"}}"""));
    }

    [Test]
    public async Task Statistics_Asked_HaveEveryContainer()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync();
        Assert.That(
            await console.Peer.AskAsync("""{"request":"statistics"}"""),
            Is.EqualTo("""{"response":{"statistics":[{"container":"hello:0.0.1","repository":"mem","mounted":true,"process":{"pid":5,"uptime":6,"cpu":7,"memory":8,"memory_limit":null,"tasks":9}}]}}"""));
    }

    [Test]
    public async Task H15_Verify_Lasting_TellsHowFarItIsAndThenTheOutcome()
    {
        var done = new TaskCompletionSource();
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync();
        console.Runtime.OnCall = _ => done.Task;
        await console.Peer.SendLineAsync(s_requests[3]);
        await console.Time.TimerAsync(TimeSpan.FromSeconds(1));
        console.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"verifying":["hello:0.0.1",{"done":50,"total":100}]}}"""));
        console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"started":"hello:0.0.1"}}"""));
        done.SetException(RuntimeException.Unexpected("block 7"));
        Assert.That(
            await console.Peer.ReadLineAsync(),
            Is.EqualTo("""{"response":{"verify":{"error":{"container":"hello:0.0.1","error":{"unexpected":{"error":"block 7"}}}}}}"""));
        console.Runtime.OnCall = static _ => Task.CompletedTask;
        Assert.That(await console.Peer.AskAsync(s_requests[3]), Is.EqualTo("""{"response":{"verify":{"ok":{"container":"hello:0.0.1"}}}}"""));
    }

    [TestCase(Permissions.Full, false)]
    [TestCase(Permissions.Downgrade, true)]
    public async Task H18_SetFloor_NeedsAPermissionThatFullDoesNotHave(Permissions permissions, bool allowed)
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(permissions, subscribe: false);
        Assert.That(
            await console.Peer.AskAsync(s_requests[4]),
            Is.EqualTo(allowed
                ? """{"response":{"set_floor":{"ok":{"container":"hello:0.0.1"}}}}"""
                : """{"response":{"permission_denied":{"set_floor":{"repository":"mem","container":"hello:0.0.1"}}}}"""));
        Assert.That(console.Runtime.Calls, Is.EqualTo(allowed ? new[] { "floor mem hello:0.0.1" } : []));
    }

    [Test]
    public async Task Inspect_WithExtensions_HasTheOrigin([Values] bool asked)
    {
        await using ConsoleFixture console = asked ? await ConsoleFixture.ExtendedAsync() : await ConsoleFixture.ConnectedAsync();
        Assert.That(
            await console.Peer.AskAsync("""{"request":{"inspect":{"container":"hello:0.0.1"}}}"""),
            asked
                ? Does.Contain(""","integrity":null,"trust":{"key":"k","package":null,"pin":["k"],"floor":"0.0.1","revoked":null,"refused":null}}""")
                : Does.Not.Contain("trust"));
    }

    [TestCase(Permissions.Inspect)]
    [TestCase(Permissions.Notifications)]
    public async Task OutputSubscribe_WithOneOfItsTwoPermissions_IsDenied(Permissions permission)
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(permission, subscribe: false);
        Assert.That(await console.Peer.AskAsync(Follow), Does.StartWith("""{"response":{"permission_denied":{"output_subscribe":"""));
        console.Runtime.Output.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("secret"));
        await console.Peer.SendLineAsync("""{"request":"list"}""");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"response":{"permission_denied":"list"}}"""));
    }

    [Test]
    public async Task Output_OfAFollowedContainer_ComesInOrderWithItsEnd([Values] bool subscribe)
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(subscribe: subscribe);
        Assert.That(await console.Peer.AskAsync(Follow), Is.EqualTo(Followed));
        Assert.That(console.Runtime.Calls, Is.EqualTo(new[] { "output hello:0.0.1 Stdout, Stderr" }));
        OutputHub hub = console.Runtime.Output;
        hub.Publish(ContainerId.Parse("other:0.0.1"), OutputSource.Stdout, Bytes("not followed"));
        hub.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("hello!"));
        hub.Publish(FakeRuntime.Hello, OutputSource.Stderr, Bytes("\u001b[2J"));
        hub.End(FakeRuntime.Hello, OutputSource.Stdout);
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"output":["hello:0.0.1",{"stream":"stdout","data":"aGVsbG8h"}]}}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"output":["hello:0.0.1",{"stream":"stderr","data":"G1sySg=="}]}}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"output_end":["hello:0.0.1",{"stream":"stdout"}]}}"""));
    }

    [Test]
    public async Task Output_WrittenBeforeTheExit_ComesBeforeTheExit()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync();
        Assert.That(await console.Peer.AskAsync(Follow), Is.EqualTo(Followed));
        for (int i = 0; i < 100; i++)
        {
            console.Runtime.Output.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("x"));
            console.Runtime.Notifications.Publish(new Notification.Exit(FakeRuntime.Hello, new ExitStatus.Exit(0)));
            Assert.That(await console.Peer.ReadLineAsync(), Does.Contain("\"output\""));
            Assert.That(await console.Peer.ReadLineAsync(), Does.Contain("\"exit\""));
        }
    }

    [Test]
    public async Task OutputUnsubscribe_Followed_EndsIt()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync();
        Assert.That(await console.Peer.AskAsync(Follow), Is.EqualTo(Followed));
        Assert.That(await console.Peer.AskAsync(s_requests[1]), Is.EqualTo("""{"response":{"output_unsubscribe":{"ok":{"container":"hello:0.0.1"}}}}"""));
        console.Runtime.Output.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("late"));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task OutputSubscribe_Refused_NamesTheErrorAndFollowsNothing()
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync();
        console.Runtime.OnCall = static _ => throw RuntimeException.NotInstalled(FakeRuntime.Hello);
        Assert.That(
            await console.Peer.AskAsync(Follow),
            Is.EqualTo("""{"response":{"output_subscribe":{"error":{"container":"hello:0.0.1","error":{"invalid_container":{"container":"hello:0.0.1"}}}}}}"""));
        console.Runtime.Output.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("not followed"));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public void Feed_NotRead_LosesAStreamAndTellsHowMuch()
    {
        var hub = new OutputHub();
        using var feed = new OutputFeed(hub);
        Assert.That(feed.TryFollow(FakeRuntime.Hello, OutputStreams.Stdout | OutputStreams.Stderr), Is.True);
        const int Pieces = 1000;
        const int PieceBytes = 1000;
        for (int i = 0; i < Pieces; i++)
        {
            hub.Publish(FakeRuntime.Hello, OutputSource.Stdout, new ReadOnlySequence<byte>(new byte[PieceBytes]));
        }

        hub.End(FakeRuntime.Hello, OutputSource.Stdout);
        var read = new List<Notification>();
        while (feed.TryRead(out Notification? next))
        {
            read.Add(next!);
        }

        ulong kept = (ulong)read.OfType<Notification.Output>().Sum(static o => o.Data.Length);
        Assert.That(kept, Is.GreaterThan(0).And.LessThanOrEqualTo(OutputFeed.MaxBytes));
        Assert.That(read[^2], Is.EqualTo(new Notification.OutputLost(FakeRuntime.Hello, OutputSource.Stdout, ((ulong)Pieces * PieceBytes) - kept)));
        Assert.That(read[^1], Is.EqualTo(new Notification.OutputEnd(FakeRuntime.Hello, OutputSource.Stdout)));

        // All was read: it goes on as if nothing had been.
        hub.Publish(FakeRuntime.Hello, OutputSource.Stdout, Bytes("again"));
        Assert.That(feed.TryRead(out Notification? again), Is.True);
        Assert.That(again, Is.EqualTo(new Notification.Output(FakeRuntime.Hello, OutputSource.Stdout, "again"u8.ToArray())));
    }

    [Test]
    public void Feed_FollowingTooMany_Refuses()
    {
        using var feed = new OutputFeed(new OutputHub());
        for (int i = 0; i < OutputFeed.MaxContainers; i++)
        {
            Assert.That(feed.TryFollow(ContainerId.Parse($"c:0.0.{i}"), OutputStreams.Stdout), Is.True);
        }

        Assert.That(feed.TryFollow(ContainerId.Parse("one-more:0.0.1"), OutputStreams.Stdout), Is.False);
        Assert.That(feed.TryFollow(ContainerId.Parse("c:0.0.0"), OutputStreams.Stderr), Is.True);
    }

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
