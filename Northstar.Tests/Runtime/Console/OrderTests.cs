// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Engine;

namespace Northstar.Tests.Runtime.Console;

/// <summary>What comes in which order, and what ends a connection.</summary>
public sealed class OrderTests
{
    private const string Start = """{"request":{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{}}}}""";
    private const string StartAnswer = """{"response":{"start":{"ok":{"container":"hello:0.0.1"}}}}""";
    private const string Started = """{"notification":{"started":"hello:0.0.1"}}""";
    private const string Exit = """{"notification":{"exit":["hello:0.0.1",{"exit":{"code":0}}]}}""";

    [Test]
    public async Task Response_ToTheRequestThatCausedANotification_ComesFirst()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(subscribe: true);
        console.Runtime.OnCall = async _ =>
        {
            console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
            await Task.Yield();
            console.Runtime.Notifications.Publish(new Notification.Exit(FakeRuntime.Hello, new ExitStatus.Exit(0)));
        };
        for (int i = 0; i < 200; i++)
        {
            Assert.That(await console.Peer.AskAsync(Start), Is.EqualTo(StartAnswer));
            Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Started));
            Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Exit));
        }
    }

    [Test]
    public async Task Notifications_SinceTheConnectionWasAccepted_FollowTheAck()
    {
        await using var console = new ConsoleFixture();
        console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
        await console.Peer.SendLineAsync(ConsoleFixture.Subscribe);
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(Started));
    }

    [Test]
    public async Task Notifications_WhileNothingIsAsked_ComeAtOnceAndInOrder()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(subscribe: true);
        for (int i = 0; i < 300; i++)
        {
            console.Runtime.Notifications.Publish(new Notification.Exit(FakeRuntime.Hello, new ExitStatus.Exit(i)));
            Assert.That(await console.Peer.ReadLineAsync(), Does.Contain($"{{\"code\":{i}}}"));
        }
    }

    [Test]
    public async Task T231_Client_WithoutSubscription_GetsNoNotification()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task T214_Subscriber_ThatLags_IsClosed_AndOthersAreNot()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(subscribe: true, notificationBuffer: 2);
        using ConsolePeerSocket another = await console.ConnectAnotherAsync();
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        console.Runtime.OnCall = _ =>
        {
            asked.SetResult();
            return go.Task;
        };
        await console.Peer.SendLineAsync(Start);
        await asked.Task.WaitAsync(ConsolePeerSocket.Deadline);
        for (int i = 0; i < 3; i++)
        {
            console.Runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
        }

        go.SetResult();
        await console.Ended.WaitAsync(ConsolePeerSocket.Deadline);
        List<string> lines = [];
        while (await console.Peer.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        Assert.That(lines, Is.EqualTo(new[] { StartAnswer }).Or.EqualTo(new[] { StartAnswer, Started, Started }));
        Assert.That(await another.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Requests_Pipelined_AreAnsweredInOrder()
    {
        const int Count = 2000;
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: static l => l.MaxRequestsPerSecond = uint.MaxValue);
        string[] requests =
            [.. Enumerable.Range(0, Count).Select(static i => i % 3 == 0 ? ConsoleFixture.Ident : $$$$"""{"request":{"kill":{"container":"c{{{{i}}}}:0.0.1","signal":15}}}""")];
        Task sending = console.Peer.SendAsync(string.Join('\n', requests) + "\n");
        for (int i = 0; i < Count; i++)
        {
            string answer = i % 3 == 0 ? ConsoleFixture.IdentAnswer : $$$$$"""{"response":{"kill":{"ok":{"container":"c{{{{{i}}}}}:0.0.1"}}}}""";
            Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(answer));
        }

        await sending;
    }

    [Test]
    public async Task Response_ToAnEarlierRequest_DoesNotWaitForASlowOne()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        var go = new TaskCompletionSource();
        console.Runtime.OnCall = _ => go.Task;
        await console.Peer.SendAsync(ConsoleFixture.Ident + "\n" + Start + "\n" + ConsoleFixture.Ident + "\n");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
        go.SetResult();
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(StartAnswer));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Peer_ThatDoesNotRead_IsClosedInTheEnd()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: static l => l.MaxRequestsPerSecond = uint.MaxValue);
        Task sending = console.Peer.FloodAsync();
        await console.Time.TimerAsync(new Northstar.Runtime.ConsoleLimits().WriteTimeout);
        console.Time.Advance(new Northstar.Runtime.ConsoleLimits().WriteTimeout);
        await console.Ended.WaitAsync(ConsolePeerSocket.Deadline);
        await sending;
    }

    [Test]
    public async Task Stop_WhileThePeerDoesNotRead_EndsAtOnce()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(limits: static l => l.MaxRequestsPerSecond = uint.MaxValue);
        Task sending = console.Peer.FloodAsync();
        await console.Time.TimerAsync(new Northstar.Runtime.ConsoleLimits().WriteTimeout);
        await console.StopAsync();
        await sending;
    }

    [Test]
    public async Task Stop_BeforeConnect_EndsAtOnce()
    {
        await using var console = new ConsoleFixture(isListener: true);
        console.Runtime.Notifications.Publish(new Notification.Shutdown());
        await console.StopAsync();
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task T234_Stop_Subscriber_GetsTheShutdownBeforeTheEnd([Values] bool isAsking)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(subscribe: true);
        var asked = new TaskCompletionSource();
        if (isAsking)
        {
            console.Runtime.OnCall = _ =>
            {
                asked.SetResult();
                return new TaskCompletionSource().Task;
            };
            await console.Peer.SendLineAsync(Start);
            await asked.Task.WaitAsync(ConsolePeerSocket.Deadline);
        }

        console.Runtime.Notifications.Publish(new Notification.Shutdown());
        await console.StopAsync();
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":"shutdown"}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task Shutdown_Request_IsAnsweredBeforeItBegins()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        await console.Peer.SendLineAsync("""{"request":"shutdown"}""");
        await console.Runtime.ShutdownRequested.Task.WaitAsync(ConsolePeerSocket.Deadline);
        await console.StopAsync();
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"response":"shutdown"}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task Request_WhileTheRuntimeEnds_IsNotAnswered([Values] bool isKnownToTheConsole)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Context.IsStopping = isKnownToTheConsole;
        console.Runtime.OnCall = static _ => throw new RuntimeException(RuntimeErrorCode.ShuttingDown, "ends");
        Assert.That(await console.Peer.AskAsync(isKnownToTheConsole ? ConsoleFixture.Ident : Start), Is.EqualTo("closed"));
    }

    [TestCase(RuntimeErrorCode.InvalidContainer, """{"invalid_container":{"container":"other:1.0.0"}}""")]
    [TestCase(RuntimeErrorCode.InvalidArguments, """{"invalid_arguments":{"cause":"text"}}""")]
    [TestCase(RuntimeErrorCode.UmountBusy, """{"umount_busy":{"container":"other:1.0.0"}}""")]
    [TestCase(RuntimeErrorCode.AlreadyStarted, """{"start_container_started":{"container":"other:1.0.0"}}""")]
    [TestCase(RuntimeErrorCode.ResourceContainer, """{"start_container_resource":{"container":"other:1.0.0"}}""")]
    [TestCase(RuntimeErrorCode.StartFailed, """{"start_container_failed":{"container":"other:1.0.0","error":"text"}}""")]
    [TestCase(RuntimeErrorCode.NotStarted, """{"stop_container_not_started":{"container":"other:1.0.0"}}""")]
    [TestCase(RuntimeErrorCode.Unexpected, """{"unexpected":{"error":"text"}}""")]
    public async Task Failure_OfTheRuntime_HasItsOwnError(RuntimeErrorCode code, string error)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = _ => throw new RuntimeException(code, "text", ContainerId.Parse("other:1.0.0"));
        Assert.That(
            await console.Peer.AskAsync(Start),
            Is.EqualTo($$$$$"""{"response":{"start":{"error":{"container":"hello:0.0.1","error":{{{{{error}}}}}}}}}"""));
    }

    [Test]
    public async Task Failure_MissingResource_NamesIt()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = static _ => throw RuntimeException.MissingResource(FakeRuntime.Hello, ContainerName.Parse("res"), "^1.0");
        Assert.That(
            await console.Peer.AskAsync(Start),
            Does.Contain("""{"start_container_missing_resource":{"container":"hello:0.0.1","resource":"res","version":"^1.0"}}"""));
    }

    [Test]
    public async Task T205_Line_OfAHundredThousandContainers_ClosesThatConnectionOnly()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        using ConsolePeerSocket another = await console.ConnectAnotherAsync();
        string many = string.Join(',', Enumerable.Repeat("\"hello-world:0.0.1\"", 100_000));
        Task sending = console.Peer.SendAsync("{\"request\":{\"mount\":{\"containers\":[" + many + "]}}}\n");
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(console.Runtime.Calls, Is.Empty);
        Assert.That(await another.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [TestCaseSource(nameof(HostileLines))]
    public async Task H70_Line_OfHostileJson_ClosesThatConnectionOnly(string line)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        Assert.That(await console.Peer.AskAsync(line), Is.EqualTo("closed"));
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    private static IEnumerable<TestCaseData> HostileLines()
    {
        yield return new TestCaseData("""{"request":"list","x":""" + new string('[', 10_000) + new string(']', 10_000) + "}").SetName("H70_Line_TenThousandLevels_Closes");
        yield return new TestCaseData("""{"request":{"kill":{"container":"a:0.0.1","container":"b:0.0.1","signal":9}}}""").SetName("H70_Line_MemberTwice_Closes");
        yield return new TestCaseData("""{"request":{"install":{"repository":"\ud800","size":1}}}""").SetName("H70_Line_HalfASurrogatePair_Closes");
        yield return new TestCaseData("""{"request":{"kill":{"container":"a:0.0.1","signal":1e400}}}""").SetName("H70_Line_NumberOutOfRange_Closes");
        yield return new TestCaseData("""{"request":{"start":{"container":"a:0.0.1","init":"\u0000","arguments":[],"environment":{}}}}""").SetName("H70_Line_Nul_Closes");
        yield return new TestCaseData("""{"request":"list"}{"request":"list"}""").SetName("H70_Line_TwoValues_Closes");
    }

    /// <summary>Every code of an error, as a peer gets it.</summary>
    private static readonly (RuntimeException Thrown, string Error)[] s_errors =
    [
        (RuntimeException.NotInstalled(FakeRuntime.Hello), """{"invalid_container":{"container":"hello:0.0.1"}}"""),
        (RuntimeException.Busy(FakeRuntime.Hello), """{"umount_busy":{"container":"hello:0.0.1"}}"""),
        (RuntimeException.Started(FakeRuntime.Hello), """{"start_container_started":{"container":"hello:0.0.1"}}"""),
        (new RuntimeException(RuntimeErrorCode.ResourceContainer, "x"), """{"start_container_resource":{"container":"hello:0.0.1"}}"""),
        (new RuntimeException(RuntimeErrorCode.NotStarted, "x"), """{"stop_container_not_started":{"container":"hello:0.0.1"}}"""),
        (new RuntimeException(RuntimeErrorCode.InvalidArguments, "x"), """{"invalid_arguments":{"cause":"x"}}"""),
        (new RuntimeException(RuntimeErrorCode.StartFailed, "execve /init: no such file (ENOENT)", FakeRuntime.Hello),
            """{"start_container_failed":{"container":"hello:0.0.1","error":"execve /init: no such file (ENOENT)"}}"""),
        (RuntimeException.Unexpected("signal 77 is none"), """{"unexpected":{"error":"signal 77 is none"}}"""),
    ];

    [TestCaseSource(nameof(s_errors))]
    public async Task H80_Error_OfAnyCode_FollowsItsSchemaAndNamesNoInside((RuntimeException Thrown, string Error) error)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = _ => throw error.Thrown;
        string answer = await console.Peer.AskAsync(Start);
        Assert.That(answer, Is.EqualTo("""{"response":{"start":{"error":{"container":"hello:0.0.1","error":""" + error.Error + "}}}}"));
        Assert.That(answer, Does.Not.Contain("Exception").And.Not.Contain("   at ").And.Not.Contain("Northstar."));
    }

    [TestCase("install")]
    [TestCase("complete")]
    public async Task H80_Install_AnyOtherFault_NamesNoInside(string step)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = call => call.StartsWith(step, StringComparison.Ordinal) ? throw RuntimeException.Unexpected("the package is bad") : Task.CompletedTask;
        await console.Peer.SendAsync("""{"request":{"install":{"repository":"mem","size":4}}}""" + "\nabcd");
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"response":{"install":{"error":{"error":{"unexpected":{"error":"the package is bad"}}}}}}"""));
    }

    /// <summary>Every request that the engine serves, and the last line of what was installed.</summary>
    private static readonly string[] s_engineRequests =
    [
        """{"request":"list"}""",
        """{"request":"repositories"}""",
        """{"request":{"inspect":{"container":"hello:0.0.1"}}}""",
        """{"request":{"mount":{"containers":["hello:0.0.1"]}}}""",
        """{"request":{"umount":{"containers":["hello:0.0.1"]}}}""",
        Start,
        """{"request":{"kill":{"container":"hello:0.0.1","signal":15}}}""",
        """{"request":{"uninstall":{"container":"hello:0.0.1","wipe":false}}}""",
        """{"request":{"install":{"repository":"mem","size":4}}}""" + "\nabcd",
        """{"request":"statistics"}""",
        """{"request":{"output_subscribe":{"container":"hello:0.0.1","stdout":true,"stderr":true}}}""",
        """{"request":{"verify":{"container":"hello:0.0.1"}}}""",
        """{"request":{"set_floor":{"repository":"mem","container":"hello:0.0.1"}}}""",
        """{"request":{"token_verify":{"token":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw==","user":"hello","shared":"","presenter":7}}}""",
    ];

    [TestCaseSource(nameof(s_engineRequests))]
    public async Task H94_Fault_InAnyHandler_EndsAtMostItsConnection(string request)
    {
        await using ConsoleFixture console = await ConsoleFixture.ExtendedAsync(Permissions.Full | Permissions.Downgrade);
        bool thrown = false;
        console.Runtime.OnCall = _ =>
        {
            thrown = true;
            throw new InvalidCastException("/secret/path");
        };
        await console.Peer.SendAsync(request.Contains("abcd", StringComparison.Ordinal) ? request : request + "\n");
        string? answer = await console.Peer.ReadLineAsync();
        while (answer?.StartsWith("""{"notification":{"verifying":""", StringComparison.Ordinal) == true)
        {
            answer = await console.Peer.ReadLineAsync();
        }

        Assert.That(thrown, Is.True);
        Assert.That(answer, Is.Null.Or.StartWith("""{"response":""").And.Not.Contain("secret"));
        if (answer is null)
        {
            await console.Ended.WaitAsync(ConsolePeerSocket.Deadline);
        }
        else
        {
            Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
        }
    }

    [Test]
    public void H94_EveryMethodOfTheEngine_IsAmongTheFaults()
    {
        // Notifications and the shutdown are no handlers; instances are asked for by tokens with an option only.
        int methods = typeof(IRuntimeRequests).GetMethods().Count(static m => !m.IsSpecialName && m.Name is not (nameof(IRuntimeRequests.RequestShutdown) or nameof(IRuntimeRequests.FindInstanceAsync)));
        Assert.That(s_engineRequests, Has.Length.EqualTo(methods));
    }

    [Test]
    public async Task Fault_InTheRuntime_IsAnErrorAndKeepsTheConnection()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        console.Runtime.OnCall = static _ => throw new InvalidCastException("/secret/path");
        string answer = await console.Peer.AskAsync(Start);
        Assert.That(answer, Does.StartWith("""{"response":{"start":{"error":{"container":"hello:0.0.1","error":{"unexpected":""").And.Not.Contain("secret"));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }
}
