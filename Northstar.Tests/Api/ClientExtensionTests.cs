// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Extensions of the protocol, as a client sees them.</summary>
public sealed class ClientExtensionTests
{
    private const string Subscribed = """{"response":{"output_subscribe":{"ok":{"container":"a:1.0.0"}}}}""";
    private const string Unsubscribed = """{"response":{"output_unsubscribe":{"ok":{"container":"a:1.0.0"}}}}""";
    private static readonly TimeSpan s_limit = ScriptedRuntime.Deadline;
    private static readonly ContainerId s_a = ContainerId.Parse("a:1.0.0");

    [Test]
    public async Task Extensions_AskedFor_AreThoseOfTheRuntime()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Assert.That(client.Extensions, Is.EqualTo(new[] { "output", "statistics" }));
            Task<IReadOnlyList<ContainerStatistics>> asked = client.StatisticsAsync();
            await runtime.ExpectAsync("""{"request":"statistics"}""");
            await runtime.SendAsync("""{"response":{"statistics":[{"container":"a:1.0.0","repository":"r","mounted":false,"process":null}]}}""");
            Assert.That(await asked.WaitAsync(s_limit), Is.EqualTo(new[] { new ContainerStatistics(s_a, "r", false) }));
        }
    }

    [TestCase(false, "was not asked for")]
    [TestCase(true, "does not offer")]
    public async Task Request_OfAnExtensionThatIsNotThere_ThrowsAndKeepsTheConnection(bool asks, string cause)
    {
        (ScriptedRuntime runtime, NorthstarClient client) = asks ? await ConnectAsync("""{"connect_ack":null}""") : await ScriptedRuntime.ConnectAsync();
        await using (runtime)
        await using (client)
        {
            ApiException e = Assert.ThrowsAsync<ApiException>(() => client.StatisticsAsync().WaitAsync(s_limit))!;
            Assert.That((e.Failure, e.Message), Is.EqualTo((ApiFailure.Extension, e.Message)));
            Assert.That(e.Message, Does.Contain("'statistics'").And.Contain(cause));
            Assert.That(() => client.FollowOutputAsync(s_a).WaitAsync(s_limit), Throws.InstanceOf<ApiException>().With.Property("Failure").EqualTo(ApiFailure.Extension));
            Assert.That(
                () => client.SendAsync(new Request.OutputUnsubscribe(s_a)).WaitAsync(s_limit),
                Throws.InstanceOf<ApiException>().With.Property("Failure").EqualTo(ApiFailure.Extension));
            Task ident = client.IdentAsync();
            await runtime.ExpectAsync("""{"request":"ident"}""");
            await runtime.SendAsync("""{"response":{"ident":"extern:0.0.0"}}""");
            await ident.WaitAsync(s_limit);
        }
    }

    [Test]
    public async Task FollowOutput_OfOneContainer_GivesItsStreamsInOrderUntilDisposed()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ConnectAsync();
        await using (runtime)
        await using (client)
        {
            OutputSubscription output = await FollowAsync(runtime, client, """{"container":"a:1.0.0","stdout":true,"stderr":true}""");
            await runtime.SendAsync(
                Output("stdout", "one"), Output("stderr", "two"), Output("stdout", "x", "other:1.0.0"),
                """{"notification":{"output_lost":["a:1.0.0",{"stream":"stderr","bytes":7}]}}""", Output("stderr", "three"),
                """{"notification":{"output_end":["a:1.0.0",{"stream":"stdout"}]}}""");
            await client.SyncAsync(runtime);

            ValueTask disposing = output.DisposeAsync();
            await runtime.ExpectAsync("""{"request":{"output_unsubscribe":{"container":"a:1.0.0"}}}""");
            await runtime.SendAsync(Unsubscribed);
            await disposing.AsTask().WaitAsync(s_limit);
            Assert.That(await TextAsync(output), Is.EqualTo("1:one 2:two 2:lost7 2:three 1:end "));
        }
    }

    [Test]
    public async Task FollowOutput_OfOneContainerTwice_SharesOneSubscription()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ConnectAsync();
        await using (runtime)
        await using (client)
        {
            OutputSubscription outs = await FollowAsync(runtime, client, """{"container":"a:1.0.0","stdout":true,"stderr":false}""", stderr: false);
            OutputSubscription errors = await FollowAsync(runtime, client, """{"container":"a:1.0.0","stdout":true,"stderr":true}""", stdout: false);
            await runtime.SendAsync(Output("stdout", "one"), Output("stderr", "two"));
            await client.SyncAsync(runtime);
            await outs.DisposeAsync().AsTask().WaitAsync(s_limit);
            await runtime.SendAsync(Output("stdout", "three"), Output("stderr", "four"));
            await client.SyncAsync(runtime);

            ValueTask disposing = errors.DisposeAsync();
            await runtime.ExpectAsync("""{"request":{"output_unsubscribe":{"container":"a:1.0.0"}}}""");
            await runtime.SendAsync(Unsubscribed);
            await disposing.AsTask().WaitAsync(s_limit);
            Assert.That(await TextAsync(outs), Is.EqualTo("1:one "));
            Assert.That(await TextAsync(errors), Is.EqualTo("2:two 2:four "));
        }
    }

    [Test]
    public async Task FollowOutput_ReadTooSlowly_TellsWhatIsMissingAndRequestsGoOn()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ConnectAsync(options: new NorthstarClientOptions { Extensions = true, OutputBufferBytes = 4096 });
        await using (runtime)
        await using (client)
        {
            OutputSubscription output = await FollowAsync(runtime, client, """{"container":"a:1.0.0","stdout":true,"stderr":true}""");
            string piece = new('x', 1000);
            await runtime.SendAsync([.. Enumerable.Repeat(Output("stdout", piece), 5), Output("stderr", piece)]);
            await client.SyncAsync(runtime);

            var read = new List<Notification>();
            await using IAsyncEnumerator<Notification> items = output.GetAsyncEnumerator();
            for (int i = 0; i < 3; i++)
            {
                Assert.That(await items.MoveNextAsync().AsTask().WaitAsync(s_limit));
                read.Add(items.Current);
            }

            await runtime.SendAsync(Output("stdout", "end"));
            await runtime.DisposeAsync();
            while (await items.MoveNextAsync().AsTask().WaitAsync(s_limit))
            {
                read.Add(items.Current);
            }

            Assert.That(read.OfType<Notification.Output>().Select(static o => o.Data.Length), Is.EqualTo(new[] { 1000, 1000, 1000, 3 }));
            Assert.That(read[3], Is.EqualTo(new Notification.OutputLost(s_a, OutputSource.Stdout, 2000)));
            Assert.That(read[^1], Is.EqualTo(new Notification.OutputLost(s_a, OutputSource.Stderr, 1000)));
        }
    }

    [Test]
    public async Task FollowOutput_Refused_ThrowsTheErrorOfTheRuntime()
    {
        (ScriptedRuntime runtime, NorthstarClient client) = await ConnectAsync();
        await using (runtime)
        await using (client)
        {
            Task following = client.FollowOutputAsync(s_a);
            await runtime.ExpectAsync("""{"request":{"output_subscribe":{"container":"a:1.0.0","stdout":true,"stderr":true}}}""");
            await runtime.SendAsync("""{"response":{"output_subscribe":{"error":{"container":"a:1.0.0","error":{"invalid_container":{"container":"a:1.0.0"}}}}}}""");
            ApiException e = Assert.ThrowsAsync<ApiException>(() => following.WaitAsync(s_limit))!;
            Assert.That(e.Error, Is.EqualTo(new ApiError.InvalidContainer(s_a)));

            following = client.FollowOutputAsync(s_a);
            await runtime.ExpectAsync("""{"request":{"output_subscribe":{"container":"a:1.0.0","stdout":true,"stderr":true}}}""");
            await runtime.SendAsync("""{"response":{"permission_denied":{"output_subscribe":{"container":"a:1.0.0","stdout":true,"stderr":true}}}}""");
            Assert.That(Assert.ThrowsAsync<ApiException>(() => following.WaitAsync(s_limit))!.Message, Does.EndWith("this connection needs 'inspect' and 'notifications'"));
        }
    }

    private static async Task<(ScriptedRuntime Runtime, NorthstarClient Client)> ConnectAsync(
        string ack = """{"connect_ack":{"extensions":["output","statistics"]}}""", NorthstarClientOptions? options = null)
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(end, options ?? new NorthstarClientOptions { Extensions = true });
        await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false,"extensions":true}}""");
        await runtime.SendAsync(ack);
        return (runtime, await connecting.WaitAsync(s_limit));
    }

    private static async Task<OutputSubscription> FollowAsync(
        ScriptedRuntime runtime, NorthstarClient client, string content, bool stdout = true, bool stderr = true)
    {
        Task<OutputSubscription> following = client.FollowOutputAsync(s_a, stdout, stderr);
        await runtime.ExpectAsync($$$"""{"request":{"output_subscribe":{{{content}}}}}""");
        await runtime.SendAsync(Subscribed);
        return await following.WaitAsync(s_limit);
    }

    private static string Output(string stream, string text, string container = "a:1.0.0") =>
        $$$"""{"notification":{"output":["{{{container}}}",{"stream":"{{{stream}}}","data":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}}}"}]}}""";

    private static async Task<string> TextAsync(OutputSubscription output)
    {
        using var limit = new CancellationTokenSource(s_limit);
        string text = "";
        await foreach (Notification item in output.WithCancellation(limit.Token))
        {
            text += item switch
            {
                Notification.Output o => $"{(int)o.Stream + 1}:{Encoding.UTF8.GetString(o.Data.Span)} ",
                Notification.OutputLost o => $"{(int)o.Stream + 1}:lost{o.Bytes} ",
                Notification.OutputEnd o => $"{(int)o.Stream + 1}:end ",
                _ => throw new AssertionException(item.ToString()),
            };
        }

        return text;
    }
}

internal static class ScriptedSync
{
    /// <summary>Waits until the client has taken everything that was sent.</summary>
    internal static async Task SyncAsync(this NorthstarClient client, ScriptedRuntime runtime)
    {
        Task ident = client.IdentAsync();
        await runtime.ExpectAsync("""{"request":"ident"}""");
        await runtime.SendAsync("""{"response":{"ident":"extern:0.0.0"}}""");
        await ident.WaitAsync(ScriptedRuntime.Deadline);
    }
}
