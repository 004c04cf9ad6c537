// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Api;

/// <summary>A client that gets a new connection when its old one ends.</summary>
public sealed class ReconnectTests
{
    private const string Ident = """{"request":"ident"}""";
    private const string Answer = """{"response":{"ident":"extern:0.0.0"}}""";
    private static readonly TimeSpan s_limit = ScriptedRuntime.Deadline;

    [Test]
    public async Task Reconnect_RequestInFlight_FailsAndIsNeverSentTwice()
    {
        using var listener = new ScriptedListener();
        var lost = new List<ApiFailure>();
        (ScriptedRuntime first, NorthstarClient client) = await ConnectAsync(listener, new ReconnectOptions { ConnectionLost = e => lost.Add(e.Failure) });
        await using (client)
        {
            Task request = client.ListAsync();
            await first.ExpectAsync("""{"request":"list"}""");
            await first.DisposeAsync();
            ApiException e = Assert.ThrowsAsync<ApiException>(() => request.WaitAsync(s_limit))!;
            Assert.That(e.Failure, Is.EqualTo(ApiFailure.ConnectionClosed));

            Task ident = client.IdentAsync();
            await using ScriptedRuntime second = await listener.AcceptAsync();
            await second.ExpectAsync(Ident);
            await second.SendAsync(Answer);
            await ident.WaitAsync(s_limit);
            Assert.That(lost, Is.EqualTo(new[] { ApiFailure.ConnectionClosed }));
        }
    }

    [Test]
    public async Task Reconnect_RequestWithoutConnection_WaitsForTheNext()
    {
        using var listener = new ScriptedListener();
        var reconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new ReconnectOptions
        {
            FirstDelay = TimeSpan.FromMilliseconds(1), ConnectionLost = _ => lost.SetResult(), Reconnected = reconnected.SetResult,
        };
        (ScriptedRuntime first, NorthstarClient client) = await ConnectAsync(listener, options);
        await using (client)
        {
            await first.DisposeAsync();
            await lost.Task.WaitAsync(s_limit);
            Task[] requests = [.. Enumerable.Range(0, 10).Select(_ => client.IdentAsync())];
            using var cancelled = new CancellationTokenSource();
            Task abandoned = client.IdentAsync(cancelled.Token);
            await cancelled.CancelAsync();
            Assert.That(() => abandoned, Throws.InstanceOf<OperationCanceledException>());

            await using ScriptedRuntime second = await listener.AcceptAsync();
            await reconnected.Task.WaitAsync(s_limit);
            foreach (Task request in requests)
            {
                await second.ExpectAsync(Ident);
                await second.SendAsync(Answer);
            }

            await Task.WhenAll(requests).WaitAsync(s_limit);
        }
    }

    [Test]
    public async Task Reconnect_Notifications_EndWithTheirConnectionAndGoOnWithTheNext()
    {
        using var listener = new ScriptedListener();
        var options = new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(1) };
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(
            listener.Address, new NorthstarClientOptions { SubscribeNotifications = true, Reconnect = options });
        ScriptedRuntime first = await listener.AcceptAsync(subscribe: true);
        await using NorthstarClient client = await connecting.WaitAsync(s_limit);
        await first.SendAsync("""{"notification":{"started":"a:1.0.0"}}""", """{"notification":{"started":"b:1.0.0"}}""");
        await first.DisposeAsync();
        await using ScriptedRuntime second = await listener.AcceptAsync(subscribe: true);
        await second.SendAsync("""{"notification":{"started":"c:1.0.0"}}""");

        // Nobody read before the connection ended: nothing is lost all the same.
        Assert.That(await ReadAsync(client, 3), Is.EqualTo("a:1.0.0 b:1.0.0 |"));
        Assert.That(await ReadAsync(client, 1), Is.EqualTo("c:1.0.0 "));
        Assert.That(() => client.DisposeAsync().AsTask(), Throws.Nothing);
    }

    [TestCase("""{"connect_nack":"permission_denied"}""", ApiFailure.PermissionDenied)]
    [TestCase("""{"connect_nack":{"invalid_protocol_version":{"version":"1.0.0"}}}""", ApiFailure.ProtocolVersion)]
    public async Task Reconnect_Refused_GivesUp(string answer, ApiFailure failure)
    {
        using var listener = new ScriptedListener();
        (ScriptedRuntime first, NorthstarClient client) = await ConnectAsync(listener, new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(1) });
        await using (client)
        {
            await first.DisposeAsync();
            await using ScriptedRuntime second = await listener.AcceptAsync(ack: answer);
            Assert.That(() => Task.Run(() => client.IdentAsync()).WaitAsync(s_limit), Throws.InstanceOf<ApiException>().With.Property("Failure").EqualTo(failure)
                .Or.Property("Failure").EqualTo(ApiFailure.ConnectionClosed));
            ApiException e = Assert.ThrowsAsync<ApiException>(() => client.IdentAsync().WaitAsync(s_limit))!;
            Assert.That(e.Failure, Is.EqualTo(failure));
        }
    }

    [Test]
    public async Task Reconnect_NobodyListens_WaitsLongerEachTimeAndGivesUp()
    {
        var time = new ManualTimeProvider();
        using var listener = new ScriptedListener();
        var options = new ReconnectOptions
        {
            FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(3), GiveUpAfter = TimeSpan.FromSeconds(8), Time = time,
        };
        (ScriptedRuntime first, NorthstarClient client) = await ConnectAsync(listener, options);
        await using (client)
        {
            listener.Close();
            await first.DisposeAsync();
            Task request = Task.Run(async () =>
            {
                while (true)
                {
                    await client.IdentAsync();
                }
            });
            foreach (int seconds in new[] { 1, 1, 2, 3 })
            {
                await time.TimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(s_limit);
                time.Advance(TimeSpan.FromSeconds(seconds));
            }

            Assert.That(Assert.ThrowsAsync<ApiException>(() => request.WaitAsync(s_limit))!.Failure, Is.EqualTo(ApiFailure.Connect).Or.EqualTo(ApiFailure.ConnectionClosed));
            Assert.That(() => client.IdentAsync().WaitAsync(s_limit), Throws.InstanceOf<ApiException>().With.Property("Failure").EqualTo(ApiFailure.Connect));
        }
    }

    [Test]
    public async Task Reconnect_IncludingTheFirst_WaitsForTheRuntime()
    {
        using var listener = new ScriptedListener(listen: false);
        var options = new NorthstarClientOptions { Reconnect = new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(1), IncludeFirst = true } };
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(listener.Address, options);
        listener.Listen();
        await using ScriptedRuntime runtime = await listener.AcceptAsync();
        await using NorthstarClient client = await connecting.WaitAsync(s_limit);

        options.Reconnect.IncludeFirst = false;
        Assert.That(
            () => NorthstarClient.ConnectAsync(new ConsoleAddress.Unix("/nonexistent/console"), options).WaitAsync(s_limit),
            Throws.InstanceOf<ApiException>().With.Property("Failure").EqualTo(ApiFailure.Connect));
    }

    [Test]
    public async Task Reconnect_Disposed_EndsEveryWait()
    {
        using var listener = new ScriptedListener();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (ScriptedRuntime first, NorthstarClient client) =
            await ConnectAsync(listener, new ReconnectOptions { FirstDelay = TimeSpan.FromHours(1), ConnectionLost = _ => lost.SetResult() });
        await first.DisposeAsync();
        await lost.Task.WaitAsync(s_limit);
        Task request = client.IdentAsync();
        await client.DisposeAsync().AsTask().WaitAsync(s_limit);
        Assert.That(() => request.WaitAsync(s_limit), Throws.InstanceOf<ApiException>().Or.InstanceOf<ObjectDisposedException>());
        Assert.That(() => client.IdentAsync().WaitAsync(s_limit), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Reconnect_WithoutAnAddress_IsRefused()
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        await using (runtime)
        {
            Assert.That(() => NorthstarClient.ConnectAsync(end, new NorthstarClientOptions { Reconnect = new ReconnectOptions() }), Throws.ArgumentException);
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
        }
    }

    private static async Task<(ScriptedRuntime Runtime, NorthstarClient Client)> ConnectAsync(ScriptedListener listener, ReconnectOptions options)
    {
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(listener.Address, new NorthstarClientOptions { Reconnect = options });
        ScriptedRuntime runtime = await listener.AcceptAsync();
        return (runtime, await connecting.WaitAsync(s_limit));
    }

    // Reads so many notifications, or until the enumeration ends, which adds a bar.
    private static async Task<string> ReadAsync(NorthstarClient client, int count)
    {
        string read = "";
        using var limit = new CancellationTokenSource(s_limit);
        await foreach (Notification notification in client.ReadNotificationsAsync(limit.Token))
        {
            read += ((Notification.Started)notification).Container + " ";
            if (--count == 0)
            {
                return read;
            }
        }

        return read + "|";
    }
}
