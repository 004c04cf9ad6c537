// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Making a connection.</summary>
public sealed class NorthstarClientConnectTests
{
    [TestCase("""{"connect_nack":{"invalid_protocol_version":{"version":"1.0.0"}}}""", ApiFailure.ProtocolVersion)]
    [TestCase("""{"connect_nack":"permission_denied"}""", ApiFailure.PermissionDenied)]
    [TestCase("""{"request":"list"}""", ApiFailure.Protocol)]
    [TestCase("no json", ApiFailure.Protocol)]
    [TestCase("", ApiFailure.Protocol)]
    public async Task Connect_Refused_ThrowsTheReasonAndCloses(string answer, ApiFailure failure)
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        await using (runtime)
        {
            Task connecting = NorthstarClient.ConnectAsync(end, new NorthstarClientOptions { SubscribeNotifications = true });
            await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":true}}""");
            await runtime.SendAsync(answer);

            ApiException e = Caught(connecting);
            Assert.That(e.Failure, Is.EqualTo(failure));
            Assert.That(e.RuntimeVersion, Is.EqualTo(failure == ApiFailure.ProtocolVersion ? new PackageVersion(1, 0, 0) : null));
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
        }
    }

    [Test]
    public async Task Connect_EndOfStream_ThrowsConnectionClosed()
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        Task connecting = NorthstarClient.ConnectAsync(end);
        await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false}}""");
        await runtime.DisposeAsync();

        Assert.That(Caught(connecting).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    [Test]
    public async Task Connect_WithoutAnswer_ThrowsAfterTheTimeLimit()
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        await using (runtime)
        {
            Task connecting = NorthstarClient.ConnectAsync(end, new NorthstarClientOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(20) });

            ApiException e = Caught(connecting);
            Assert.That(e.Failure, Is.EqualTo(ApiFailure.Connect));
            Assert.That(e.Message, Does.Contain("0.02 s"));
        }
    }

    [Test]
    public async Task Connect_Cancelled_ThrowsCancelledAndCloses()
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        await using (runtime)
        {
            using var cancel = new CancellationTokenSource();
            Task connecting = NorthstarClient.ConnectAsync(end, null, cancel.Token);
            await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false}}""");
            await cancel.CancelAsync();

            Assert.That(async () => await connecting, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(await runtime.ReadToEndAsync(), Is.Zero);
        }
    }

    [Test]
    public async Task Connect_ByTcpAddress_Connects()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(new ConsoleAddress.Tcp("127.0.0.1", port));
        using Socket peer = await listener.AcceptSocketAsync();
        await peer.SendAsync("{\"connect_ack\":null}\n"u8.ToArray());

        await using NorthstarClient client = await connecting.WaitAsync(ScriptedRuntime.Deadline);
        Assert.That(client, Is.Not.Null);
    }

    [Test]
    public async Task Connect_NobodyListens_NamesTheAddress()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        ApiException e = Caught(NorthstarClient.ConnectAsync(new ConsoleAddress.Unix(path)));

        Assert.That(e.Failure, Is.EqualTo(ApiFailure.Connect));
        Assert.That(e.Message, Does.StartWith($"connect unix://{path}: "));
        await Task.CompletedTask;
    }

    [Test]
    public async Task FromDescriptor_OfASocket_TakesItOver()
    {
        (ScriptedRuntime runtime, Socket end) = await ScriptedRuntime.PairAsync();
        string number = ((int)end.SafeHandle.DangerousGetHandle()).ToString(CultureInfo.InvariantCulture);

        // From here on the descriptor belongs to whom the number is given.
        end.SafeHandle.SetHandleAsInvalid();
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(ConsoleConnector.FromDescriptor(number));
        await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false}}""");
        await runtime.SendAsync("""{"connect_ack":null}""");
        NorthstarClient client = await connecting.WaitAsync(ScriptedRuntime.Deadline);
        await client.DisposeAsync();

        Assert.That(await runtime.ReadToEndAsync(), Is.Zero, "disposing the client closes the descriptor");
        await runtime.DisposeAsync();
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("three")]
    [TestCase("-1")]
    [TestCase("2147483648")]
    [TestCase("1000000", Description = "not open")]
    public void FromDescriptor_Malformed_ThrowsConnect(string? value)
    {
        ApiException? e = Assert.Throws<ApiException>(() => ConsoleConnector.FromDescriptor(value));

        Assert.That(e!.Failure, Is.EqualTo(ApiFailure.Connect));
        Assert.That(e.Message, Does.Contain("NORTHSTAR_CONSOLE"));
    }

    [Test]
    public void FromDescriptor_OfAFile_ThrowsAndLeavesItOpen()
    {
        using FileStream file = File.OpenRead("/dev/null");
        string number = ((int)file.SafeFileHandle.DangerousGetHandle()).ToString(CultureInfo.InvariantCulture);

        Assert.That(() => ConsoleConnector.FromDescriptor(number), Throws.TypeOf<ApiException>());
        Assert.That(file.ReadByte(), Is.EqualTo(-1));
    }

    private static ApiException Caught(Task task) =>
        Assert.CatchAsync<ApiException>(async () => await task.WaitAsync(ScriptedRuntime.Deadline))!;
}
