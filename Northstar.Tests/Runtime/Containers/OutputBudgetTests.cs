// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>How much of a container's output becomes records.</summary>
internal sealed class OutputBudgetTests
{
    private const int RecordCost = 64;

    [Test]
    public void TryTake_WithinASecond_LetsThroughWhatTheLimitSays()
    {
        var time = new ManualTimeProvider();
        var budget = new OutputBudget(10 * (100 + RecordCost), time);
        Assert.That(Enumerable.Range(0, 15).Count(_ => budget.TryTake(100)), Is.EqualTo(10));
        Assert.That(budget.TakeLeftOut(), Is.EqualTo(5));
        Assert.That(budget.TakeLeftOut(), Is.Zero, "told once");
        time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.That(budget.TryTake(0), Is.False);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(budget.TryTake(100), Is.True);
    }

    [Test]
    public async Task H75_Pipe_MoreThanASecondTakes_IsLeftOutAndCounted()
    {
        const int Lines = 3 * ContainerOutput.MaxBytesPerSecond / LineReader.MaxLineBytes;
        using var logs = new LogCapture();
        var time = new ManualTimeProvider();
        var output = new ContainerOutput(
            new StandardStreams(OutputMode.Pipe, OutputMode.Discard), ContainerId.Parse("flooder:1.0.0"), logs.CreateLogger(ContainerOutput.LogCategory), time);
        byte[] line = new byte[LineReader.MaxLineBytes];
        Array.Fill(line, (byte)'x');
        for (int i = 0; i < Lines; i++)
        {
            Write(output.Output!, line);
        }

        await output.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(20));

        const int Fit = ContainerOutput.MaxBytesPerSecond / (LineReader.MaxLineBytes + RecordCost);
        LogCapture.Record[] records = [.. logs.Records];
        Assert.That(records, Has.Length.EqualTo(Fit + 1));
        Assert.That(records[^1], Is.EqualTo(new LogCapture.Record(
            ContainerOutput.LogCategory, "OutputLeftOut", LogLevel.Warning, $"flooder:1.0.0: too much output, {Lines - Fit} lines are left out")));
    }

    private static unsafe void Write(System.Runtime.InteropServices.SafeHandle stream, byte[] bytes)
    {
        using var fd = new Borrow(stream);
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                done += (int)Northstar.Runtime.Interop.Sys.write(fd.Fd, start + done, (nuint)(bytes.Length - done));
            }
        }
    }
}
