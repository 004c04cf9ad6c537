// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Northstar.Runtime.Engine;

/// <summary>Hands out the loggers of another factory. What goes to the audit log goes to a file too, whatever levels the log has.</summary>
internal sealed class AuditLoggers(ILoggerFactory inner, AuditFile file, TimeProvider time) : ILoggerFactory
{
    /// <summary>The category of the audit log.</summary>
    internal const string Category = "Northstar.Audit";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName == Category ? new Logger(inner.CreateLogger(categoryName), file, time) : inner.CreateLogger(categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>Neither the factory nor the file is ours.</summary>
    public void Dispose()
    {
    }

    private sealed class Logger(ILogger inner, AuditFile file, TimeProvider time) : ILogger
    {
        // Records are no part of a page of HTML, so that quotes and such need no escapes of six letters.
        private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            file.Append(Line(logLevel, eventId, state as IReadOnlyList<KeyValuePair<string, object?>> ?? []));
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        private ReadOnlySpan<byte> Line(LogLevel level, EventId id, IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            var buffer = new ArrayBufferWriter<byte>(512);
            using (var writer = new Utf8JsonWriter(buffer, s_options))
            {
                writer.WriteStartObject();
                writer.WriteString("time", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                writer.WriteString("level", level.ToString().ToLowerInvariant());
                writer.WriteNumber("id", id.Id);
                writer.WriteString("event", id.Name);
                foreach ((string name, object? value) in fields)
                {
                    if (value is long or int)
                    {
                        writer.WriteNumber(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    }
                    else if (name != "{OriginalFormat}")
                    {
                        writer.WriteString(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
                    }
                }

                writer.WriteEndObject();
            }

            buffer.Write("\n"u8);
            return buffer.WrittenSpan;
        }
    }
}
