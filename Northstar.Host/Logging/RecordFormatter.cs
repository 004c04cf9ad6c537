// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Northstar.Host.Terminal;

namespace Northstar.Host.Logging;

/// <summary>Writes a record on one line: time (UTC), level, category, scopes, message. Nothing in it can forge another record.</summary>
/// <param name="forJournal">Whether the journal reads it: it knows the time, and takes a number in front as the level (sd-daemon(3)).</param>
internal sealed class RecordFormatter(bool forJournal) : ConsoleFormatter(FormatterName)
{
    internal const string FormatterName = "northstar";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string prefix = forJournal
            ? Priority(logEntry.LogLevel)
            : DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss.fff'Z '", CultureInfo.InvariantCulture) + Word(logEntry.LogLevel) + " ";
        textWriter.Write(prefix);
        textWriter.Write(logEntry.Category);
        scopeProvider?.ForEachScope(static (scope, writer) => writer.Write(" " + Printable.Line(scope?.ToString() ?? "")), textWriter);
        textWriter.Write(": ");
        textWriter.WriteLine(Printable.Line(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } exception)
        {
            foreach (string line in exception.ToString().Split('\n'))
            {
                textWriter.WriteLine($"{(forJournal ? prefix : "  ")}{Printable.Line(line)}");
            }
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private static string Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "<7>",
        LogLevel.Information => "<6>",
        LogLevel.Warning => "<4>",
        LogLevel.Error => "<3>",
        _ => "<2>",
    };
}
