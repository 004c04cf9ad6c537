// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>One connection of a console over a socket pair, with a runtime that is faked and a clock that is driven by hand.</summary>
internal sealed class ConsoleFixture : IAsyncDisposable
{
    internal const string Connect = """{"connect":{"version":"0.9.3","subscribe_notifications":false}}""";
    internal const string Subscribe = """{"connect":{"version":"0.9.3","subscribe_notifications":true}}""";
    internal const string Ack = """{"connect_ack":null}""";
    internal const string ExtendedAck = """{"connect_ack":{"extensions":["corrupted","floor","image","output","statistics","token","trust","verify"]}}""";
    internal const string Ident = """{"request":"ident"}""";
    internal const string IdentAnswer = """{"response":{"ident":"extern:0.0.0"}}""";

    private readonly CancellationTokenSource _stop = new();

    internal ConsoleFixture(
        Permissions permissions = Permissions.Full, Action<ConsoleLimits>? limits = null, bool isListener = false, int notificationBuffer = 128,
        ConsoleScope? scope = null)
    {
        Runtime = new FakeRuntime(notificationBuffer);
        Context = new ConsoleContext(Runtime, Time, NullLogger.Instance);
        var configured = new ConsoleLimits();
        limits?.Invoke(configured);
        TimeSpan? handshake = isListener ? TimeSpan.FromSeconds(10) : null;
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        Peer = new ConsolePeerSocket(theirs.ToSocket());
        var connection = new ConsoleConnection(
            Context, new NetworkStream(ours.ToSocket(), ownsSocket: true), new ConsolePeer(ConsolePeer.Extern, "test", permissions, configured, handshake) { Scope = scope ?? ConsoleScope.All }, _stop.Token);
        Ended = Task.Run(connection.RunAsync);
    }

    internal FakeRuntime Runtime { get; }

    internal ConsoleContext Context { get; }

    internal ManualTimeProvider Time { get; } = new();

    internal ConsolePeerSocket Peer { get; }

    /// <summary>Gets a task that ends with the connection.</summary>
    internal Task Ended { get; }

    internal static async Task<ConsoleFixture> ConnectedAsync(
        Permissions permissions = Permissions.Full, Action<ConsoleLimits>? limits = null, bool subscribe = false, int notificationBuffer = 128)
    {
        var fixture = new ConsoleFixture(permissions, limits, notificationBuffer: notificationBuffer);
        await fixture.Peer.SendLineAsync(subscribe ? Subscribe : Connect);
        Assert.That(await fixture.Peer.ReadLineAsync(), Is.EqualTo(Ack));
        return fixture;
    }

    /// <summary>Connects and asks for extensions.</summary>
    internal static async Task<ConsoleFixture> ExtendedAsync(Permissions permissions = Permissions.Full, bool subscribe = true)
    {
        var fixture = new ConsoleFixture(permissions);
        string flag = subscribe ? "true" : "false";
        Assert.That(
            await fixture.Peer.AskAsync($$$"""{"connect":{"version":"0.9.3","subscribe_notifications":{{{flag}}},"extensions":true}}"""), Is.EqualTo(ExtendedAck));
        return fixture;
    }

    /// <summary>Connects another client to the same runtime.</summary>
    internal async Task<ConsolePeerSocket> ConnectAnotherAsync()
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        var another = new ConsolePeerSocket(theirs.ToSocket());
        var connection = new ConsoleConnection(
            Context, new NetworkStream(ours.ToSocket(), ownsSocket: true),
            new ConsolePeer(ConsolePeer.Extern, "another", Permissions.Full, new ConsoleLimits(), null) { Scope = ConsoleScope.All }, _stop.Token);
        _ = Task.Run(connection.RunAsync);
        Assert.That(await another.AskAsync(Connect), Is.EqualTo(Ack));
        return another;
    }

    /// <summary>Ends the connection as a shutdown does.</summary>
    internal Task StopAsync()
    {
        _stop.Cancel();
        return Ended.WaitAsync(ConsolePeerSocket.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Peer.Dispose();
        _stop.Dispose();
    }
}

/// <summary>The other end of a connection: raw lines.</summary>
internal sealed class ConsolePeerSocket : IDisposable
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly StreamReader _reader;

    internal ConsolePeerSocket(Socket socket)
    {
        Socket = socket;
        _reader = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
    }

    internal Socket Socket { get; }

    internal Task SendLineAsync(string line) => SendAsync(line + "\n");

    internal Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes) => await Socket.SendAsync(bytes).AsTask().WaitAsync(Deadline);

    /// <summary>Returns the next line, or null at the end of the connection.</summary>
    internal async Task<string?> ReadLineAsync()
    {
        try
        {
            return await _reader.ReadLineAsync().WaitAsync(Deadline);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // Closed while bytes of ours were unread.
            return null;
        }
    }

    internal async Task<string> AskAsync(string request)
    {
        await SendLineAsync(request);
        return await ReadLineAsync() ?? "closed";
    }

    /// <summary>Sends requests and never reads, until the connection is closed.</summary>
    internal async Task FloodAsync()
    {
        byte[] many = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(ConsoleFixture.Ident + "\n", 1000)));
        try
        {
            while (true)
            {
                await SendAsync(many);
            }
        }
        catch (SocketException)
        {
            // The runtime's end is closed.
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        Socket.Dispose();
    }
}
