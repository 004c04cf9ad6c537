// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Host;
using Northstar.Host.Logging;

namespace Northstar.Tests.Host;

/// <summary>Levels and layout of the log.</summary>
public sealed class HostLoggingTests
{
    [TestCase(null, "Northstar.Runtime", LogLevel.Information)]
    [TestCase("", "Northstar.Runtime", LogLevel.Information)]
    [TestCase(null, "Northstar.Container", LogLevel.Debug)]
    [TestCase(null, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)]
    [TestCase("debug", "Northstar.Runtime", LogLevel.Debug)]
    [TestCase("trace", "Northstar.Runtime", LogLevel.Trace)]
    [TestCase("WARN", "Northstar.Container", LogLevel.Warning)]
    [TestCase("error", "Northstar.Runtime", LogLevel.Error)]
    [TestCase("off", "Northstar.Runtime", LogLevel.None)]
    [TestCase("info, Northstar.Console=debug", "Northstar.Console", LogLevel.Debug)]
    [TestCase("info, Northstar.Console=debug", "Northstar.Runtime", LogLevel.Information)]
    public void Configure_Variable_SetsLevels(string? variable, string category, LogLevel lowest)
    {
        using ServiceProvider services = new ServiceCollection().AddLogging(b => HostLogging.Configure(b, variable)).BuildServiceProvider();
        ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        LogLevel[] enabled = [.. Enum.GetValues<LogLevel>().Where(l => l != LogLevel.None && logger.IsEnabled(l))];
        Assert.That(enabled, Is.EqualTo(Enum.GetValues<LogLevel>().Where(l => l >= lowest && l != LogLevel.None)));
    }

    [Test]
    public void Configure_UnknownLevel_Throws() =>
        Assert.That(
            static () => new ServiceCollection().AddLogging(static b => HostLogging.Configure(b, "loud")),
            Throws.TypeOf<ToolException>().With.Message.Contains("'loud' is no level"));

    [TestCase(LogLevel.Information, @"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z info  A\.B: x\\ny\n$")]
    [TestCase(LogLevel.Error, @"Z error A\.B: x\\ny\n$")]
    public void Record_OnAnything_IsOneLineWithTimeLevelAndCategory(LogLevel level, string pattern) =>
        Assert.That(Format(forJournal: false, level, null), Does.Match(pattern));

    [TestCase(LogLevel.Debug, "<7>")]
    [TestCase(LogLevel.Information, "<6>")]
    [TestCase(LogLevel.Warning, "<4>")]
    [TestCase(LogLevel.Error, "<3>")]
    [TestCase(LogLevel.Critical, "<2>")]
    public void Record_ForTheJournal_BeginsWithItsPriority(LogLevel level, string priority) =>
        Assert.That(Format(forJournal: true, level, null), Is.EqualTo($"{priority}A.B: x\\ny\n"));

    [Test]
    public void Record_WithException_CannotForgeARecord()
    {
        string[] lines = Format(forJournal: true, LogLevel.Error, new IOException("a\n<0>b\e")).Split('\n');
        Assert.That(lines, Is.EqualTo(new[] { "<3>A.B: x\\ny", "<3>System.IO.IOException: a", "<3><0>b\\u001B", "" }));
    }

    private static string Format(bool forJournal, LogLevel level, Exception? exception)
    {
        using var writer = new StringWriter();
        new RecordFormatter(forJournal).Write(
            new LogEntry<string>(level, "A.B", default, "x\ny", exception, static (state, _) => state), null, writer);
        return writer.ToString();
    }
}
