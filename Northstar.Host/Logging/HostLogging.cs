// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Northstar.Host.Logging;

/// <summary>Logging of the runtime process.</summary>
internal static class HostLogging
{
    /// <summary>The variable that overrides the levels.</summary>
    internal const string Variable = "NORTHSTAR_LOG";

    private const string ContainerCategory = "Northstar.Container";

    /// <summary>How many records wait for a reader that is slow.</summary>
    private const int MaxWaiting = 1000;

    /// <summary>Sets sink, layout and levels.</summary>
    /// <param name="logging">The host's logging.</param>
    /// <param name="levels">A level for everything, and levels of categories: <c>info,Northstar.Container=off</c>. Null or empty for the defaults.</param>
    /// <exception cref="ToolException"><paramref name="levels"/> are malformed.</exception>
    internal static void Configure(ILoggingBuilder logging, string? levels)
    {
        logging.AddConsole(static options =>
        {
            options.FormatterName = RecordFormatter.FormatterName;

            // Who reads the log may stop to read it: the runtime goes on, and a record tells later how many are missing.
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            options.MaxQueueLength = MaxWaiting;
        });
        logging.Services.AddSingleton<ConsoleFormatter>(new RecordFormatter(Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null));

        // The host's own records repeat what our errors say.
        logging.AddFilter("Microsoft", LogLevel.None);
        (LogLevel everything, bool given) = (LogLevel.Information, false);
        foreach (string part in (levels ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=');
            if (equals < 0)
            {
                (everything, given) = (Level(part), true);
            }
            else
            {
                logging.AddFilter(part[..equals], Level(part[(equals + 1)..]));
            }
        }

        logging.SetMinimumLevel(everything);
        if (!given)
        {
            logging.AddFilter(ContainerCategory, LogLevel.Debug);
        }
    }

    private static LogLevel Level(string word) => word.ToLowerInvariant() switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "off" => LogLevel.None,
        _ => throw new ToolException($"read {Variable}: '{word}' is no level; possible are trace, debug, info, warn, error, off"),
    };
}
