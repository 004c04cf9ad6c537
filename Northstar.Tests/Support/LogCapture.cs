// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Northstar.Tests.Support;

/// <summary>Keeps the records of a runtime and lets a test wait for one.</summary>
internal sealed class LogCapture : ILoggerFactory
{
    private readonly ConcurrentQueue<Record> _records = new();
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>One record.</summary>
    internal sealed record Record(string Category, string? Event, LogLevel Level, string Message);

    /// <summary>Gets what was logged and not taken yet.</summary>
    internal IEnumerable<Record> Records => _records;

    /// <summary>Takes records until one fits. Those that do not fit are lost.</summary>
    internal async Task<Record> TakeAsync(Func<Record, bool> fits, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (true)
        {
            while (_records.TryDequeue(out Record? record))
            {
                if (fits(record))
                {
                    return record;
                }
            }

            try
            {
                await _arrived.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no such record within {limit}");
            }
        }
    }

    /// <summary>Makes a logger.</summary>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Not needed here.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Frees the semaphore.</summary>
    public void Dispose() => _arrived.Dispose();

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            capture._records.Enqueue(new Record(category, eventId.Name, logLevel, formatter(state, exception)));
            capture._arrived.Release();
        }
    }
}
