// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Tests.Api;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>Serves one connection on a Unix socket: keeps what is sent and answers as it is told.</summary>
internal sealed class FakeConsole : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<Request, Response?> _answer;
    private readonly Notification[] _notifications;
    private readonly Task _serving;

    internal FakeConsole(Func<Request, Response?> answer, params Notification[] notifications)
    {
        _answer = answer;
        _notifications = notifications;
        _listener.Bind(new UnixDomainSocketEndPoint(_folder["console"]));
        _listener.Listen();
        _serving = ServeAsync();
    }

    internal string Url => $"unix://{_folder["console"]}";

    internal Connect? Connect { get; private set; }

    internal List<Request> Requests { get; } = [];

    internal byte[] Package { get; private set; } = [];

    internal Message ConnectAnswer { get; init; } = new ConnectAck();

    /// <summary>Gets what is sent behind the response to a request.</summary>
    internal Func<Request, IEnumerable<Notification>> Then { get; init; } = static _ => [];

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        try
        {
            await _serving;
        }
        catch (SocketException)
        {
            // Nobody connected, or whoever did is gone.
        }
        catch (IOException)
        {
            // The same, while a message was sent.
        }

        _folder.Dispose();
    }

    private async Task ServeAsync()
    {
        using Socket socket = await _listener.AcceptAsync();
        await using var stream = new NetworkStream(socket);
        PipeReader reader = PipeReader.Create(stream);
        var framer = new LineFramer(reader);
        Connect = (Connect?)await framer.ReadMessageAsync();
        await SendAsync(stream, ConnectAnswer);
        foreach (Notification notification in _notifications)
        {
            await SendAsync(stream, notification);
        }

        while (_notifications.Length == 0 && await framer.ReadMessageAsync() is Request request)
        {
            Requests.Add(request);
            if (request is Request.Install install)
            {
                ReadResult read = await reader.ReadAtLeastAsync((int)install.SizeBytes);
                Package = read.Buffer.Slice(0, (long)install.SizeBytes).ToArray();
                reader.AdvanceTo(read.Buffer.GetPosition((long)install.SizeBytes));
            }

            if (_answer(request) is not { } response)
            {
                return;
            }

            await SendAsync(stream, response);
            foreach (Notification notification in Then(request))
            {
                await SendAsync(stream, notification);
            }
        }
    }

    private static async Task SendAsync(NetworkStream stream, Message message) =>
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Wire.Encode(message)));
}
