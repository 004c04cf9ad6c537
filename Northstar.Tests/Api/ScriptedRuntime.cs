// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Northstar.Api;

namespace Northstar.Tests.Api;

/// <summary>The runtime's end of a connection, driven line by line by a test.</summary>
internal sealed class ScriptedRuntime : IAsyncDisposable
{
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    internal ScriptedRuntime(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
    }

    /// <summary>Makes both ends of a connection.</summary>
    internal static async Task<(ScriptedRuntime Runtime, Socket ClientEnd)> PairAsync()
    {
        string folder = Directory.CreateTempSubdirectory("northstar-api-").FullName;
        try
        {
            var endPoint = new UnixDomainSocketEndPoint(Path.Combine(folder, "console"));
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(endPoint);
            listener.Listen();
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(endPoint);
            return (new ScriptedRuntime(await listener.AcceptAsync()), client);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes a connection whose handshake is done.</summary>
    internal static async Task<(ScriptedRuntime Runtime, NorthstarClient Client)> ConnectAsync(NorthstarClientOptions? options = null)
    {
        (ScriptedRuntime runtime, Socket end) = await PairAsync();
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(end, options);
        await runtime.ExpectAsync(
            $$$"""{"connect":{"version":"0.9.3","subscribe_notifications":{{{(options?.SubscribeNotifications == true ? "true" : "false")}}}}}""");
        await runtime.SendAsync("""{"connect_ack":null}""");
        return (runtime, await connecting.WaitAsync(Deadline));
    }

    /// <summary>Reads one line and compares it.</summary>
    internal async Task ExpectAsync(string line)
    {
        byte[] bytes = await ReadAsync(Encoding.UTF8.GetByteCount(line) + 1);
        Assert.That(Encoding.UTF8.GetString(bytes), Is.EqualTo(line + "\n"));
    }

    /// <summary>Reads raw bytes.</summary>
    internal async Task<byte[]> ReadAsync(int count)
    {
        if (count == 0)
        {
            return [];
        }

        using var limit = new CancellationTokenSource(Deadline);
        ReadResult result = await _reader.ReadAtLeastAsync(count, limit.Token);
        Assert.That(result.Buffer.Length, Is.GreaterThanOrEqualTo(count), "the client closed");
        byte[] bytes = new byte[count];
        System.Buffers.BuffersExtensions.CopyTo(result.Buffer.Slice(0, count), bytes);
        _reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>Reads whatever comes until the client closes.</summary>
    internal async Task<long> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(Deadline);
        long count = 0;
        while (true)
        {
            ReadResult result = await _reader.ReadAsync(limit.Token);
            count += result.Buffer.Length;
            _reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return count;
            }
        }
    }

    internal async Task SendAsync(params string[] lines) =>
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));

    internal async Task SendRawAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }
}
