// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Northstar.Tests.Support;

/// <summary>Hears from a runtime that it is ready, as a service manager does (sd_notify(3)).</summary>
internal sealed class ReadySocket : IDisposable
{
    internal const string Variable = "NOTIFY_SOCKET";

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private Task? _ready;

    /// <summary>Binds it in a directory, for every user to write to.</summary>
    internal ReadySocket(string directory)
    {
        Path = System.IO.Path.Combine(directory, $"notify-{Guid.NewGuid():N}"[..16]);
        _socket.Bind(new UnixDomainSocketEndPoint(Path));
        File.SetUnixFileMode(Path, (UnixFileMode)0b110_110_110);
    }

    internal string Path { get; }

    /// <summary>Waits until the runtime is ready. Fails when it ends before, or does neither.</summary>
    internal async Task WaitAsync(Process runtime, TimeSpan limit) =>
        Assert.That(await TryWaitAsync(runtime, limit), "the runtime ended before it was ready");

    /// <summary>Waits until the runtime is ready. Returns false when it ends before.</summary>
    internal async Task<bool> TryWaitAsync(Process runtime, TimeSpan limit)
    {
        _ready ??= ReceiveAsync("READY=1");
        Task first = await Task.WhenAny(_ready, runtime.WaitForExitAsync()).WaitAsync(limit);
        await first;
        return first == _ready;
    }

    /// <summary>Waits for a state, once the runtime is ready; others are lost.</summary>
    internal Task HearAsync(string state, TimeSpan limit) => ReceiveAsync(state).WaitAsync(limit);

    /// <summary>Closes the socket and removes its file.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(Path);
    }

    private async Task ReceiveAsync(string state)
    {
        byte[] buffer = new byte[256];
        int length;
        do
        {
            length = await _socket.ReceiveAsync(buffer);
        }
        while (!Encoding.UTF8.GetString(buffer, 0, length).Contains(state, StringComparison.Ordinal));
    }
}
