// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Diagnostics;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable as a process, with its log.</summary>
internal sealed class StockRuntime : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly string _address;
    private readonly ReadySocket _ready;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private StockRuntime(Process process, string address, ReadySocket ready)
    {
        _ready = ready;
        Process = process;
        _address = address;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Gets the process.</summary>
    internal Process Process { get; }

    /// <summary>Starts it, behind a launcher such as setpriv if there is one, which must become the runtime with <c>execve</c>.</summary>
    internal static StockRuntime Start(string configuration, string address, params string[] launcher)
    {
        string[] command = [.. launcher, HostProbe.Executable, "--config", configuration];
        var ready = new ReadySocket(Path.GetDirectoryName(configuration)!);
        return new StockRuntime(
            Process.Start(new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                Environment = { ["NORTHSTAR_LOG"] = "info,Northstar.Container=debug", [ReadySocket.Variable] = ready.Path },
            })!,
            address,
            ready);
    }

    /// <summary>Connects a client once the console listens.</summary>
    internal async Task<NorthstarClient> ConnectAsync(NorthstarClientOptions? options = null)
    {
        try
        {
            await _ready.WaitAsync(Process, s_limit);
        }
        catch (Exception e) when (e is AssertionException or TimeoutException)
        {
            throw new AssertionException($"{e.Message}: {string.Join('\n', _lines)}");
        }

        return await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(_address), options);
    }

    /// <summary>Connects a client once the console listens. Returns null when the runtime ends before.</summary>
    internal async Task<NorthstarClient?> TryConnectAsync() =>
        await _ready.TryWaitAsync(Process, s_limit) ? await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(_address)) : null;

    /// <summary>Waits for a line of the log that contains a text; those before it are lost.</summary>
    internal async Task<string> LineAsync(string text)
    {
        using var timeout = new CancellationTokenSource(s_limit);
        while (true)
        {
            while (_lines.TryDequeue(out string? line))
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }

            try
            {
                await _arrived.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no line with '{text}' within {s_limit}");
            }
        }
    }

    /// <summary>Kills it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        await Process.WaitForExitAsync();
        Process.Dispose();
        _ready.Dispose();
        _arrived.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            _arrived.Release();
        }
    }
}
