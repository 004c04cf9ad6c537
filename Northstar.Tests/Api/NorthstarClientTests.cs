// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>The client against a scripted runtime.</summary>
public sealed class NorthstarClientTests
{
    private static readonly ContainerId s_hello = ContainerId.Parse("hello:0.0.1");

    [Test]
    public async Task Requests_Answered_GiveTheirResults()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            var token = new Token(new byte[40]);
            var resource = ContainerId.Parse("r:1.0.0");
            string busy = """{"error":{"container":"hello:0.0.1","error":{"umount_busy":{"container":"r:1.0.0"}}}}""";
            ContainerResult failed = new(s_hello, new ApiError.UmountBusy(resource));

            Assert.That(await Answer(client.IdentAsync(), "\"ident\"", """{"ident":"extern:0.0.0"}"""), Is.EqualTo(ContainerId.Parse("extern:0.0.0")));
            Assert.That(await Answer(client.ListAsync(), "\"list\"", """{"list":["hello:0.0.1","r:1.0.0"]}"""), Is.EqualTo(new[] { s_hello, resource }));
            Assert.That(await Answer(client.RepositoriesAsync(), "\"repositories\"", """{"repositories":["b","a"]}"""), Is.EquivalentTo(new[] { "a", "b" }));
            Assert.That(
                await Answer(client.MountAsync(s_hello), """{"mount":{"containers":["hello:0.0.1"]}}""", """{"mount":[{"ok":{"container":"hello:0.0.1"}}]}"""),
                Is.EqualTo(new ContainerResult(s_hello)));
            Assert.That(
                await Answer(client.UmountAsync([s_hello, resource]), """{"umount":{"containers":["hello:0.0.1","r:1.0.0"]}}""", $$$"""{"umount":[{{{busy}}},{"ok":{"container":"r:1.0.0"}}]}"""),
                Is.EqualTo(new[] { failed, new ContainerResult(resource) }));
            Assert.That(
                await Answer(client.CreateTokenAsync(s_hello.Name, "x"u8.ToArray()), """{"token_create":{"target":"hello","shared":"eA=="}}""", $$"""{"token":"{{token.ToBase64()}}"}"""),
                Is.EqualTo(token));
            Assert.That(
                await Answer(client.VerifyTokenAsync(token, s_hello.Name, default), $$$"""{"token_verify":{"token":"{{{token.ToBase64()}}}","user":"hello","shared":""}}""", """{"token_verification":"Expired"}"""),
                Is.EqualTo(TokenVerification.Expired));
            Assert.That(
                (await Answer(client.InspectAsync("hello:0.0.1"), """{"inspect":{"container":"hello:0.0.1"}}""", """{"inspect":{"ok":{"container":"hello:0.0.1","data":{"manifest":{"name":"hello","version":"0.0.1","uid":1,"gid":1},"repository":"r","mounted":true}}}}""")).Manifest.Id,
                Is.EqualTo(s_hello));
            await Done(client.StartAsync("hello:0.0.1"), """{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{}}}""", """{"start":{"ok":{"container":"hello:0.0.1"}}}""");
            await Done(client.StartAsync(s_hello, "/i", ["a"], new Dictionary<string, string> { ["E"] = "v" }), """{"start":{"container":"hello:0.0.1","init":"/i","arguments":["a"],"environment":{"E":"v"}}}""", """{"start":{"ok":{"container":"hello:0.0.1"}}}""");
            await Done(client.KillAsync("hello:0.0.1", 15), """{"kill":{"container":"hello:0.0.1","signal":15}}""", """{"kill":{"ok":{"container":"hello:0.0.1"}}}""");
            await Done(client.UninstallAsync("hello:0.0.1", wipe: true), """{"uninstall":{"container":"hello:0.0.1","wipe":true}}""", """{"uninstall":{"ok":{"container":"hello:0.0.1"}}}""");
            await Done(client.ShutdownAsync(), "\"shutdown\"", "\"shutdown\"");
        }

        async Task<T> Answer<T>(Task<T> call, string request, string response)
        {
            await Done(call, request, response);
            return await call;
        }

        async Task Done(Task call, string request, string response)
        {
            await runtime.ExpectAsync($$"""{"request":{{request}}}""");
            await runtime.SendAsync($$"""{"response":{{response}}}""");
            await call.WaitAsync(ScriptedRuntime.Deadline);
        }
    }

    [Test]
    public async Task Request_Failed_ThrowsTheErrorOfTheRuntime()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Task kill = client.KillAsync(s_hello, 15);
            await runtime.SendAsync("""{"response":{"kill":{"error":{"container":"hello:0.0.1","error":{"stop_container_not_started":{"container":"hello:0.0.1"}}}}}}""");

            ApiException e = Caught(kill);
            Assert.That(e.Failure, Is.EqualTo(ApiFailure.Runtime));
            Assert.That(e.Error, Is.EqualTo(new ApiError.StopContainerNotStarted(s_hello)));
            Assert.That(e.Message, Is.EqualTo("kill hello:0.0.1: container hello:0.0.1 is not started"));
        }
    }

    [Test]
    public async Task Request_Denied_NamesThePermissionAndKeepsTheConnection()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Task start = client.StartAsync(s_hello, "/bin/sh");
            Task<ContainerId> ident = client.IdentAsync();
            await runtime.SendAsync(
                """{"response":{"permission_denied":{"start":{"container":"hello:0.0.1","init":"/bin/sh","arguments":[],"environment":{}}}}}""",
                """{"response":{"ident":"a:0.0.1"}}""");

            ApiException e = Caught(start);
            Assert.That(e.Failure, Is.EqualTo(ApiFailure.PermissionDenied));
            Assert.That(e.Message, Does.Contain("'start_command'"));
            Assert.That(await ident, Is.EqualTo(ContainerId.Parse("a:0.0.1")));
        }
    }

    [Test]
    public async Task Requests_OfSeveralThreads_GetTheirOwnResponses()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Task<ContainerResult>[] calls = [.. Enumerable.Range(0, 50)
                .Select(i => Task.Run(() => client.MountAsync(ContainerId.Parse(string.Create(CultureInfo.InvariantCulture, $"c{i:00}:0.0.1")))))];
            int length = """{"request":{"mount":{"containers":["c00:0.0.1"]}}}""".Length + 1;
            for (int i = 0; i < calls.Length; i++)
            {
                var request = (Request.Mount)MessageCodec.Decode(await runtime.ReadAsync(length));
                await runtime.SendRawAsync(Wire.Encode(new Response.Mount([new ContainerResult(request.Containers[0])])));
            }

            ContainerResult[] results = await Task.WhenAll(calls).WaitAsync(ScriptedRuntime.Deadline);
            Assert.That(results.Select(r => r.Container.Name.ToString()), Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"c{i:00}")));
        }
    }

    [Test]
    public async Task T232_Notifications_BetweenRequestAndResponse_KeepTheirOrder()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync(new NorthstarClientOptions { SubscribeNotifications = true });
        await using (client)
        {
            Task<ContainerId> ident = client.IdentAsync();
            await runtime.SendAsync(
                """{"notification":{"started":"a:0.0.1"}}""",
                """{"response":{"ident":"a:0.0.1"}}""",
                """{"notification":{"exit":["a:0.0.1",{"exit":{"code":0}}]}}""");
            await ident.WaitAsync(ScriptedRuntime.Deadline);
            await runtime.DisposeAsync();

            var all = new List<Notification>();
            await foreach (Notification notification in client.ReadNotificationsAsync())
            {
                all.Add(notification);
            }

            var a = ContainerId.Parse("a:0.0.1");
            Assert.That(all, Is.EqualTo(new Notification[] { new Notification.Started(a), new Notification.Exit(a, new ExitStatus.Exit(0)) }));
        }
    }

    [Test]
    public async Task T232_Notifications_BeyondTheBuffer_AreReportedBehindTheOthersAndRequestsGoOn()
    {
        var options = new NorthstarClientOptions { SubscribeNotifications = true, NotificationBufferSize = 2 };
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync(options);
        await using (runtime)
        await using (client)
        {
            await runtime.SendAsync([.. Enumerable.Repeat("""{"notification":"shutdown"}""", 5)]);
            Task<ContainerId> ident = client.IdentAsync();
            await runtime.SendAsync("""{"response":{"ident":"a:0.0.1"}}""");
            await ident.WaitAsync(ScriptedRuntime.Deadline);

            IAsyncEnumerator<Notification> reader = client.ReadNotificationsAsync().GetAsyncEnumerator();
            Assert.That(await reader.MoveNextAsync(), Is.True);
            Assert.That(await reader.MoveNextAsync(), Is.True);
            ApiException e = Caught(reader.MoveNextAsync().AsTask());
            Assert.That(e.Failure, Is.EqualTo(ApiFailure.LaggedNotifications));
        }
    }

    [Test]
    public async Task ReadNotifications_WithoutSubscription_ThrowsInvalidOperation()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Assert.That(() => client.ReadNotificationsAsync(), Throws.InvalidOperationException);
        }
    }

    [Test]
    public async Task Request_Cancelled_DoesNotDisturbTheNext()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            using var cancel = new CancellationTokenSource();
            Task<ContainerId> first = client.IdentAsync(cancel.Token);
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await cancel.CancelAsync();
            Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());

            Task<ContainerId> second = client.IdentAsync();
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await runtime.SendAsync("""{"response":{"ident":"first:0.0.1"}}""", """{"response":{"ident":"second:0.0.1"}}""");

            Assert.That((await second.WaitAsync(ScriptedRuntime.Deadline)).Name.ToString(), Is.EqualTo("second"));
        }
    }

    [TestCase("""{"response":{"list":[]}}""", Description = "another kind")]
    [TestCase("""{"response":{"mount":[]}}""", Description = "too few results")]
    [TestCase("""{"connect_ack":null}""")]
    [TestCase("""{"request":"list"}""")]
    [TestCase("hello")]
    [TestCase("")]
    public async Task Response_ThatDoesNotFit_ThrowsProtocolAndCloses(string line)
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Task<ContainerResult> mount = client.MountAsync(s_hello);
            await runtime.ExpectAsync("""{"request":{"mount":{"containers":["hello:0.0.1"]}}}""");
            await runtime.SendAsync(line);

            Assert.That(Caught(mount), Is.TypeOf<ProtocolException>());
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
            Assert.That(Caught(client.IdentAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
        }
    }

    [Test]
    public async Task Response_WithoutARequest_ClosesTheConnection()
    {
        var options = new NorthstarClientOptions { SubscribeNotifications = true };
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync(options);
        await using (runtime)
        await using (client)
        {
            await runtime.SendAsync("""{"response":"shutdown"}""");

            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
            Assert.That(Caught(client.ReadNotificationsAsync().GetAsyncEnumerator().MoveNextAsync().AsTask()), Is.TypeOf<ProtocolException>());
        }
    }

    [Test]
    public async Task EndOfStream_WhileWaiting_ThrowsConnectionClosed()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (client)
        {
            Task<ContainerId> ident = client.IdentAsync();
            Task shutdown = client.ShutdownAsync();
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await runtime.DisposeAsync();

            Assert.That(Caught(ident).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
            await shutdown.WaitAsync(ScriptedRuntime.Deadline);
            Assert.That(Caught(client.ListAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
        }
    }

    [Test]
    public async Task Dispose_WhileWaiting_FailsTheRequestAndClosesTheSocket()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        {
            Task<ContainerId> ident = client.IdentAsync();
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await client.DisposeAsync();
            await client.DisposeAsync();

            Assert.That(Caught(ident).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
            Assert.That(async () => await client.IdentAsync(), Throws.TypeOf<ObjectDisposedException>());
        }
    }

    [Test]
    public async Task Request_WithBadText_ThrowsArgumentAndSendsNothing()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        {
            Assert.That(async () => await client.StartAsync("hello:0.0.1:r"), Throws.ArgumentException);
            Assert.That(async () => await client.StartAsync(s_hello, "a\0"), Throws.ArgumentException);
            Assert.That(async () => await client.SendAsync(new Request.Install("r", 1)), Throws.ArgumentException);
            await client.DisposeAsync();
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
        }
    }

    [Test]
    public async Task Trace_Connection_HasEveryByteInOrder()
    {
        var trace = new MemoryStream();
        var options = new NorthstarClientOptions { TraceReceived = b => trace.Write(b.Span), TraceSent = b => trace.Write(b.Span) };
        (ScriptedRuntime runtime, NorthstarClient client) = await ScriptedRuntime.ConnectAsync(options);
        await using (runtime)
        {
            Task<ContainerId> ident = client.IdentAsync();
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await runtime.SendRawAsync("{ \"response\" : {\"ident\":\"a:0.0.1\"}}\r\n");
            await ident;
            Task<ContainerId> install = client.InstallAsync(new MemoryStream(new byte[3]), 3, "mem");
            await runtime.ReadAsync("""{"request":{"install":{"repository":"mem","size":3}}}""".Length + 1 + 3);
            await runtime.SendAsync("""{"response":{"install":{"ok":{"container":"a:0.0.1"}}}}""");
            await install;
            await client.DisposeAsync();
        }

        Assert.That(Encoding.UTF8.GetString(trace.ToArray()), Is.EqualTo(
            "{\"connect\":{\"version\":\"0.9.3\",\"subscribe_notifications\":false}}\n{\"connect_ack\":null}\n{\"request\":\"ident\"}\n"
            + "{ \"response\" : {\"ident\":\"a:0.0.1\"}}\r\n"
            + "{\"request\":{\"install\":{\"repository\":\"mem\",\"size\":3}}}\n{\"response\":{\"install\":{\"ok\":{\"container\":\"a:0.0.1\"}}}}\n"));
    }

    private static ApiException Caught(Task task) =>
        Assert.CatchAsync<ApiException>(async () => await task.WaitAsync(ScriptedRuntime.Deadline))!;
}
