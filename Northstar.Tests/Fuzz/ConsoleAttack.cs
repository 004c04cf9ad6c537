// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Northstar.Tests.Api;

namespace Northstar.Tests.Fuzz;

/// <summary>One way to mistreat a live console.</summary>
/// <param name="Name">The name.</param>
/// <param name="Share">Its part of all messages of a run; they add up to 100.</param>
/// <param name="Run">Sends about as many messages as it is told, over connections that it opens, and returns how many went out.</param>
internal sealed record ConsoleAttack(string Name, int Share, Func<ConsoleAttack.Target, Task<long>> Run)
{
    private const int Workers = 4;
    private const int ManyConnections = 1000;
    private const string Connect = """{"connect":{"version":"0.9.3","subscribe_notifications":false}}""" + "\n";
    private const string Subscribe = """{"connect":{"version":"0.9.3","subscribe_notifications":true,"extensions":true}}""" + "\n";

    private static readonly byte[][] s_lines =
    [
        .. Corpora.Bytes(Corpora.GoldenLines("console-protocol.ndjson")), .. Corpora.Bytes(Corpora.GoldenLines("console-extensions.ndjson")),
        .. Corpora.Bytes(Corpora.TestCases(typeof(MessageCodecRulesTests))),
    ];

    private static readonly TextMutator s_mutator = new(["\"", "null", "true", "{}", "[]", "{\"ok\":{}}", "\\ud800", "1e999"], s_lines);

    /// <summary>Gets all of them.</summary>
    internal static IReadOnlyList<ConsoleAttack> All { get; } =
    [
        new("random bytes", 15, t => WorkAsync(t, RandomBytesAsync)),
        new("mutated lines", 40, t => WorkAsync(t, MutatedAsync)),
        new("wrong order", 10, t => WorkAsync(t, WrongOrderAsync)),
        new("half lines", 5, t => WorkAsync(t, HalfLinesAsync)),
        new("flood without reading", 20, t => WorkAsync(t, FloodAsync)),
        new("slow senders", 4, SlowSendersAsync),
        new("1,000 connections", 4, ManyAsync),
        new("stalled installs", 2, StalledInstallsAsync),
    ];

    /// <summary>What is attacked.</summary>
    /// <param name="Path">The socket of the console.</param>
    /// <param name="Messages">How many messages are wanted.</param>
    /// <param name="Seed">Where chance comes from.</param>
    internal sealed record Target(string Path, long Messages, ulong Seed)
    {
        /// <summary>Connects, or returns null when the runtime does not let one in.</summary>
        internal Socket Connect()
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = 2000, ReceiveTimeout = 2000 };
            socket.Connect(new UnixDomainSocketEndPoint(Path));
            return socket;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Runs an attack over several connections at a time until its messages are sent.</summary>
    private static async Task<long> WorkAsync(Target target, Func<Target, FuzzRandom, Task<long>> round)
    {
        long sent = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new FuzzRandom(target.Seed + (ulong)worker);
            while (Interlocked.Read(ref sent) < target.Messages)
            {
                Interlocked.Add(ref sent, await round(target, random));
            }
        })));
        return sent;
    }

    private static async Task<long> RandomBytesAsync(Target target, FuzzRandom random)
    {
        byte[] bytes = new byte[random.Between(1, 2000)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = random.OneIn(40) ? (byte)'\n' : (byte)random.Below(256);
        }

        using Socket socket = target.Connect();
        await SendAsync(socket, random.OneIn(2) ? Connect : "", bytes);
        return 1;
    }

    private static async Task<long> MutatedAsync(Target target, FuzzRandom random)
    {
        using Socket socket = target.Connect();
        Task draining = DrainAsync(socket);
        if (!await SendAsync(socket, random.OneIn(2) ? Subscribe : Connect, []))
        {
            return 1;
        }

        long sent = 1;
        for (int left = random.Between(1, 200); left > 0 && !draining.IsCompleted; left--, sent++)
        {
            byte[] line = random.OneIn(8) ? random.Pick(s_lines) : s_mutator.Mutate(random, random.Pick(s_lines), s_lines);
            if (!await SendAsync(socket, "", [.. line, (byte)'\n']))
            {
                break;
            }
        }

        socket.Dispose();
        await draining;
        return sent;
    }

    private static async Task<long> WrongOrderAsync(Target target, FuzzRandom random)
    {
        using Socket socket = target.Connect();
        Task draining = DrainAsync(socket);
        int count = random.Between(1, 20);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(Encoding.UTF8.GetString(random.Pick(s_lines))).Append('\n');
            _ = random.OneIn(4) ? text.Append(Connect) : text;
        }

        await SendAsync(socket, random.OneIn(2) ? "" : Connect, Encoding.UTF8.GetBytes(text.ToString()));
        socket.Dispose();
        await draining;
        return 2;
    }

    private static async Task<long> HalfLinesAsync(Target target, FuzzRandom random)
    {
        using Socket socket = target.Connect();
        byte[] line = random.Pick(s_lines);
        await SendAsync(socket, random.OneIn(2) ? Connect : "", line[..random.Below(line.Length + 1)]);
        if (random.OneIn(2))
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        return 1;
    }

    /// <summary>Sends requests as fast as they go, and never reads: the runtime stops taking them, and that is all.</summary>
    private static async Task<long> FloodAsync(Target target, FuzzRandom random)
    {
        using Socket socket = target.Connect();
        byte[] many = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"request\":\"list\"}\n", 1000)));
        long sent = 1;
        if (await SendAsync(socket, Connect, []))
        {
            while (await SendAsync(socket, "", many))
            {
                sent += 1000;
            }
        }

        return sent;
    }

    /// <summary>Many peers send a valid line byte by byte.</summary>
    private static async Task<long> SlowSendersAsync(Target target)
    {
        byte[] line = Encoding.UTF8.GetBytes(Connect + "{\"request\":\"ident\"}\n");
        int peers = (int)Math.Clamp(target.Messages / 20, 20, 200);
        long sent = 0;
        while (sent < target.Messages)
        {
            Socket[] sockets = [.. Enumerable.Range(0, peers).Select(_ => target.Connect())];
            foreach (byte b in line)
            {
                foreach (Socket socket in sockets)
                {
                    await SendAsync(socket, "", [b]);
                }
            }

            foreach (Socket socket in sockets)
            {
                byte[] answer = new byte[200];
                Assert.That(socket.Receive(answer), Is.GreaterThan(0), "a slow sender is served all the same");
                socket.Dispose();
            }

            sent += 2 * peers;
        }

        return sent;
    }

    /// <summary>As many connections as a process may reasonably have, half of them without a word.</summary>
    private static async Task<long> ManyAsync(Target target)
    {
        long sent = 0;
        while (sent < target.Messages)
        {
            var sockets = new List<Socket>();
            for (int i = 0; i < ManyConnections; i++)
            {
                sockets.Add(target.Connect());
                if (i % 2 == 0)
                {
                    await SendAsync(sockets[^1], Connect + "{\"request\":\"list\"}\n", []);
                }

                sent++;
            }

            sockets.ForEach(static s => s.Dispose());
        }

        return sent;
    }

    /// <summary>Installs that announce much and send little, side by side, until the runtime has enough of them.</summary>
    private static async Task<long> StalledInstallsAsync(Target target)
    {
        long sent = 0;
        while (sent < target.Messages)
        {
            Socket[] sockets = [.. Enumerable.Range(0, 50).Select(_ => target.Connect())];
            foreach (Socket socket in sockets)
            {
                await SendAsync(socket, Connect + """{"request":{"install":{"repository":"mem","size":100000}}}""" + "\n", new byte[1000]);
                sent += 2;
            }

            await Task.WhenAll(sockets.Select(DrainAsync));
            Array.ForEach(sockets, static s => s.Dispose());
        }

        return sent;
    }

    /// <summary>Sends, and tells whether the runtime still listens. One that takes nothing for two seconds has stopped reading.</summary>
    private static async Task<bool> SendAsync(Socket socket, string text, byte[] bytes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.SendAsync((byte[])[.. Encoding.UTF8.GetBytes(text), .. bytes], limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads until the end, whatever comes.</summary>
    private static async Task DrainAsync(Socket socket)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
