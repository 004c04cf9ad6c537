// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Northstar.Api;

namespace Northstar.Tests.Support;

/// <summary>A console connection that does only what a test tells it, right or wrong.</summary>
internal sealed class RawConsole : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly LineFramer _framer;

    private RawConsole(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _framer = new LineFramer(PipeReader.Create(_stream));
    }

    /// <summary>Connects, without a word.</summary>
    internal static async Task<RawConsole> ConnectAsync(ConsoleAddress address)
    {
        Socket socket = address is ConsoleAddress.Unix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        switch (address)
        {
            case ConsoleAddress.Unix unix:
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(unix.Path));
                break;
            case ConsoleAddress.Tcp tcp:
                await socket.ConnectAsync(tcp.Host, tcp.Port);
                break;
        }

        return new RawConsole(socket);
    }

    /// <summary>Says connect and expects to be accepted.</summary>
    internal async Task ShakeHandsAsync(bool subscribe = false, bool extensions = false)
    {
        await SendAsync(new Connect(ProtocolVersion.Current, subscribe) { Extensions = extensions });
        Assert.That(await ReadAsync(), Is.TypeOf<ConnectAck>());
    }

    internal Task SendAsync(params Message[] messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (Message message in messages)
        {
            MessageCodec.Encode(buffer, message);
        }

        return SendAsync(buffer.WrittenMemory);
    }

    /// <summary>Sends bytes. The runtime may close before it has them all.</summary>
    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // What the test expects shows in the answer.
        }
    }

    /// <summary>Says that nothing follows, and still listens.</summary>
    internal void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads a message; null when the runtime closed the connection.</summary>
    internal async Task<Message?> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(s_limit);
        try
        {
            return await _framer.ReadMessageAsync(timeout.Token);
        }
        catch (IOException)
        {
            // Reset, because it had not read all that was sent.
            return null;
        }
    }

    public void Dispose() => _stream.Dispose();
}
