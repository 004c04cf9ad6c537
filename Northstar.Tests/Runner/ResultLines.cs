// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using NUnit.Framework.Interfaces;

namespace Northstar.Tests.Runner;

/// <summary>Writes each result as one line, for a reader at the other end of a serial line.</summary>
/// <remarks>
/// <c>@test STATE SECONDS NAME MESSAGE</c>, separated by tabs. State: <c>started</c>, <c>passed</c>, <c>failed</c>, <c>skipped</c>. The last line is
/// <c>@end COUNT</c>. Between them stands what programs under test write.
/// </remarks>
internal sealed class ResultLines(Stream output) : ITestListener, IDisposable
{
    private readonly Lock _lock = new();
    private int _count;

    /// <summary>Gets how many failed.</summary>
    internal int Failed { get; private set; }

    /// <summary>Says that a test begins.</summary>
    public void TestStarted(ITest test)
    {
        if (!test.IsSuite)
        {
            Write("started", 0, test.FullName, "");
        }
    }

    /// <summary>Writes the result of a test, and of a suite when its own set-up or tear-down failed.</summary>
    public void TestFinished(ITestResult result)
    {
        if (result.Test.IsSuite)
        {
            if (result.ResultState.Status == TestStatus.Failed && result.ResultState.Site is FailureSite.SetUp or FailureSite.TearDown)
            {
                Finished("failed", result);
            }

            return;
        }

        Finished(
            result.ResultState.Status switch
            {
                TestStatus.Passed or TestStatus.Warning => "passed",
                TestStatus.Failed => "failed",
                _ => "skipped",
            },
            result);
    }

    /// <summary>Nothing: what a test writes belongs to its result.</summary>
    public void TestOutput(TestOutput output)
    {
    }

    /// <summary>Nothing.</summary>
    public void SendMessage(TestMessage message)
    {
    }

    /// <summary>Returns a text as it stands in a line: backslashes, line ends and tabs are escaped.</summary>
    internal static string OneLine(string text) => text.Trim().Replace("\\", @"\\", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal).Replace("\t", @"\t", StringComparison.Ordinal);

    /// <summary>Writes that a test is left out.</summary>
    internal void Skipped(string name, string reason)
    {
        _count++;
        Write("skipped", 0, name, reason);
    }

    /// <summary>Writes that all is said.</summary>
    internal void End() => WriteLine(string.Create(CultureInfo.InvariantCulture, $"@end\t{_count}"));

    /// <summary>Closes the output.</summary>
    public void Dispose() => output.Dispose();

    private void Finished(string state, ITestResult result)
    {
        _count++;
        bool failed = state == "failed";
        Failed += failed ? 1 : 0;
        string message = state == "passed" ? "" : failed ? $"{result.Message}\n{result.StackTrace}\n{result.Output}" : result.Message ?? "";
        Write(state, result.Duration, result.Test.FullName, message);
    }

    private void Write(string state, double seconds, string name, string message) =>
        WriteLine(string.Create(CultureInfo.InvariantCulture, $"@test\t{state}\t{seconds:F1}\t{OneLine(name)}\t{OneLine(message)}"));

    /// <summary>A program under test may have begun a line: ours always begins a new one.</summary>
    private void WriteLine(string line)
    {
        lock (_lock)
        {
            output.Write(Encoding.UTF8.GetBytes($"\n{line}\n"));
            output.Flush();
        }
    }
}
