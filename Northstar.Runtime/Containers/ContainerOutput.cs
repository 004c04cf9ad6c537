// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Containers;

/// <summary>Standard streams of one container: what the payload gets, and what carries its output away.</summary>
internal sealed class ContainerOutput : IDisposable
{
    /// <summary>The category of the log that output of containers goes to.</summary>
    internal const string LogCategory = "Northstar.Container";

    /// <summary>The most that becomes records of each stream in a second. What is beyond is read and left out, so that the payload never waits for the log.</summary>
    internal const int MaxBytesPerSecond = 4 * 1024 * 1024;

    private const int CopyBufferBytes = 16 * 1024;

    /// <summary>How long the rest of the output may take once every process is gone. The streams end by themselves; this only bounds a stuck sink.</summary>
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(2);

    private readonly List<Task> _forwarders = [];
    private readonly List<SafeHandle> _payloadEnds = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly ContainerId _container;
    private readonly TimeProvider _time;
    private readonly OutputHub _hub;

    internal ContainerOutput(StandardStreams? streams, ContainerId container, ILogger logger, TimeProvider? time = null, OutputHub? hub = null)
    {
        _hub = hub ?? new OutputHub();
        _logger = logger;
        _container = container;
        _time = time ?? TimeProvider.System;
        try
        {
            Output = Open(streams?.Stdout ?? OutputMode.Discard, 1);
            Error = Open(streams?.Stderr ?? OutputMode.Discard, 2);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the payload's standard output; null discards it.</summary>
    internal SafeHandle? Output { get; }

    /// <summary>Gets the payload's standard error; null discards it.</summary>
    internal SafeHandle? Error { get; }

    /// <summary>Closes the payload's ends, which the payload has by now; its end of output is seen only then.</summary>
    internal void ClosePayloadEnds()
    {
        _payloadEnds.ForEach(static end => end.Dispose());
        _payloadEnds.Clear();
    }

    /// <summary>Waits until everything that was written is forwarded.</summary>
    internal async Task CompleteAsync()
    {
        ClosePayloadEnds();
        _stop.CancelAfter(s_drainTimeout);
        Task all = Task.WhenAll(_forwarders);
        try
        {
            await all.WaitAsync(2 * s_drainTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!all.IsCompleted)
        {
            return; // a logger blocks; the end of the container does not wait for it
        }

        _stop.Dispose();
    }

    /// <summary>Gives everything up, for a start that failed.</summary>
    public void Dispose()
    {
        ClosePayloadEnds();
        _stop.Cancel();
    }

    private SafeFd? Open(OutputMode mode, int stream)
    {
        if (mode == OutputMode.Discard)
        {
            return null;
        }

        (SafeFd ours, SafeFd end) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        Socket socket = ours.ToSocket();
        OutputSource name = stream == 1 ? OutputSource.Stdout : OutputSource.Stderr;
        _forwarders.Add(mode == OutputMode.Pipe ? LogAsync(socket, name) : CopyAsync(socket, name));
        _payloadEnds.Add(end);
        return end;
    }

    private async Task LogAsync(Socket socket, OutputSource stream)
    {
        var budget = new OutputBudget(MaxBytesPerSecond, _time);
        await LineReader.ReadAsync(
            socket, line => LogLine(line, budget), _stop.Token, onBytes: bytes => _hub.Publish(_container, stream, bytes)).ConfigureAwait(false);
        LogLeftOut(budget);
        _hub.End(_container, stream);
    }

    private void LogLine(ReadOnlySequence<byte> line, OutputBudget budget)
    {
        if (_logger.IsEnabled(LogLevel.Debug) && budget.TryTake(line.Length))
        {
            LogLeftOut(budget);
            Log.Output(_logger, _container, Printable(Encoding.UTF8.GetString(line)));
        }
    }

    private void LogLeftOut(OutputBudget budget)
    {
        if (budget.TakeLeftOut() is > 0 and long lines)
        {
            Log.OutputLeftOut(_logger, _container, lines);
        }
    }

    /// <summary>Writes characters that steer a terminal or an editor as <c>\u001b</c>: controls, line separators, directions of writing.</summary>
    internal static string Printable(string line)
    {
        line = line.TrimEnd('\r');
        if (!line.Any(IsSteering))
        {
            return line;
        }

        var text = new StringBuilder(line.Length + 16);
        foreach (char c in line)
        {
            _ = IsSteering(c) && c != '\t' ? text.Append($"\\u{(int)c:x4}") : text.Append(c);
        }

        return text.ToString();
    }

    private static bool IsSteering(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private async Task CopyAsync(Socket socket, OutputSource stream)
    {
        using var source = new NetworkStream(socket, ownsSocket: true);
        byte[] buffer = new byte[CopyBufferBytes];
        try
        {
            HostStream target = stream == OutputSource.Stdout ? HostStream.Output : HostStream.Error;
            while (await source.ReadAsync(buffer, _stop.Token).ConfigureAwait(false) is > 0 and int count)
            {
                _hub.Publish(_container, stream, new ReadOnlySequence<byte>(buffer, 0, count));
                await target.WriteAsync(buffer.AsMemory(0, count), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // One of the two ends is gone.
        }

        _hub.End(_container, stream);
    }
}
