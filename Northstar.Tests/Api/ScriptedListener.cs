// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Api;

/// <summary>A console that a test drives, for clients that connect several times.</summary>
internal sealed class ScriptedListener : IDisposable
{
    private readonly TestFolder _folder = new();
    private Socket? _listener;

    internal ScriptedListener(bool listen = true)
    {
        if (listen)
        {
            Listen();
        }
    }

    internal ConsoleAddress Address => new ConsoleAddress.Unix(_folder["console"]);

    public void Dispose()
    {
        _listener?.Dispose();
        _folder.Dispose();
    }

    internal void Listen()
    {
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(_folder["console"]));
        _listener.Listen();
    }

    /// <summary>Stops listening.</summary>
    internal void Close() => _listener?.Dispose();

    /// <summary>Accepts a client and does the handshake.</summary>
    internal async Task<ScriptedRuntime> AcceptAsync(bool subscribe = false, string ack = """{"connect_ack":null}""")
    {
        using var limit = new CancellationTokenSource(ScriptedRuntime.Deadline);
        var runtime = new ScriptedRuntime(await _listener!.AcceptAsync(limit.Token));
        await runtime.ExpectAsync($$$"""{"connect":{"version":"0.9.3","subscribe_notifications":{{{(subscribe ? "true" : "false")}}}}}""");
        await runtime.SendAsync(ack);
        return runtime;
    }
}
