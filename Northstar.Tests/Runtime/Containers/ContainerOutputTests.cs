// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>What a container writes to its standard streams, and what of it becomes records of the log.</summary>
internal sealed class ContainerOutputTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);
    private static readonly ContainerId s_container = ContainerId.Parse("talker:1.2.3");

    private static IEnumerable<TestCaseData> Texts()
    {
        string longest = new('a', LineReader.MaxLineBytes);
        yield return Case("Lines", "one\ntwo\n", "one", "two");
        yield return Case("EmptyLine", "\n\nx\n", "", "", "x");
        yield return Case("LastLineWithoutEnd", "one\ntwo", "one", "two");
        yield return Case("Nothing", "");
        yield return Case("WindowsLineEnd", "one\r\ntwo\r\n", "one", "two");
        yield return Case("ControlCharacters", "\u001b[31mred\u0007\0\u009b\n", @"\u001b[31mred\u0007\u0000\u009b");
        yield return Case("Tab", "a\tb\n", "a\tb");
        yield return Case("Utf8", "größer €\U0001F600\n", "größer €\U0001F600");
        yield return Case("LongestLine", longest + "\n", longest);
        yield return Case("LongestLineWithoutEnd", longest, longest);
        yield return Case("LineTooLong", longest + "b\nc\n", longest, "b", "c");
        yield return Case("LineOfTwiceTheLength", longest + longest + "\n", longest, longest);
        yield return Case("LineMuchTooLongWithoutEnd", longest + longest + longest + "b", longest, longest, longest, "b");

        static TestCaseData Case(string name, string text, params string[] lines) =>
            new TestCaseData(Encoding.UTF8.GetBytes(text), lines).SetName($"Pipe_{name}_IsLogged");
    }

    [TestCaseSource(nameof(Texts))]
    public async Task Pipe_Text_IsLogged(byte[] text, string[] lines)
    {
        Assert.That(await RunAsync(static (output, bytes) => Write(output.Output!, bytes), text), Is.EqualTo(lines));
        Assert.That(await RunAsync(static (output, bytes) => Write(output.Error!, bytes), text), Is.EqualTo(lines), "standard error");
    }

    [Test]
    public async Task Pipe_BytePerByte_IsLoggedTheSame()
    {
        string[] lines = await RunAsync(
            static (output, bytes) =>
            {
                for (int i = 0; i < bytes.Length; i++)
                {
                    Write(output.Output!, bytes[i..(i + 1)]);
                }
            },
            "größer\nlast"u8.ToArray());
        Assert.That(lines, Is.EqualTo(new[] { "größer", "last" }));
    }

    [Test]
    public async Task Pipe_InvalidUtf8_IsReplaced()
    {
        string[] lines = await RunAsync(static (output, bytes) => Write(output.Output!, bytes), [(byte)'a', 0xFF, 0xC3, (byte)'b', 0x0A, 0xE2, 0x82]);
        Assert.That(lines, Is.EqualTo(new[] { "a\uFFFD\uFFFDb", "\uFFFD" }));
    }

    [Test]
    public async Task Pipe_MuchOutput_ComesWholeAndInOrder()
    {
        string[] expected = [.. Enumerable.Range(0, 20_000).Select(static i => $"line {i}")];
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', expected));
        Assert.That(await RunAsync(static (output, bytes) => Write(output.Output!, bytes), text), Is.EqualTo(expected));
    }

    [Test]
    public async Task Discard_NeedsNoStream()
    {
        using var logs = new LogCapture();
        foreach (StandardStreams? streams in new[] { null, new StandardStreams(OutputMode.Discard, OutputMode.Discard) })
        {
            var output = new ContainerOutput(streams, s_container, logs.CreateLogger(ContainerOutput.LogCategory));
            Assert.That(output.Output, Is.Null);
            Assert.That(output.Error, Is.Null);
            await output.CompleteAsync().WaitAsync(s_limit);
        }

        Assert.That(logs.Records, Is.Empty);
    }

    [Test]
    public async Task Complete_SilentContainer_Ends()
    {
        Assert.That(await RunAsync(static (_, _) => { }, []), Is.Empty);
    }

    [Test]
    public async Task Complete_StreamThatSomebodyKeepsOpen_EndsAllTheSame()
    {
        using var logs = new LogCapture();
        ContainerOutput output = New(logs);
        using SafeFd kept = Duplicate(output.Output!);
        Write(output.Output!, "kept\n"u8.ToArray());
        await output.CompleteAsync().WaitAsync(s_limit);
        Assert.That(Lines(logs), Is.EqualTo(new[] { "kept" }));
    }

    [Test]
    public void Dispose_FailedStart_ClosesTheStreams()
    {
        using var logs = new LogCapture();
        ContainerOutput output = New(logs);
        output.Dispose();
        Assert.That(new[] { output.Output!.IsClosed, output.Error!.IsClosed }, Is.All.True);
    }

    [Test]
    public void Records_NameTheContainerAndHaveACategoryOfTheirOwn()
    {
        using var logs = new LogCapture();
        ContainerOutput output = New(logs);
        Write(output.Output!, "hello\n"u8.ToArray());
        Assert.That(async () => await output.CompleteAsync().WaitAsync(s_limit), Throws.Nothing);
        Assert.That(
            logs.Records,
            Is.EqualTo(new[] { new LogCapture.Record("Northstar.Container", "ContainerOutput", LogLevel.Debug, "talker:1.2.3: hello") }));
    }

    private static async Task<string[]> RunAsync(Action<ContainerOutput, byte[]> write, byte[] bytes)
    {
        using var logs = new LogCapture();
        ContainerOutput output = New(logs);
        write(output, bytes);
        await output.CompleteAsync().WaitAsync(s_limit);
        return Lines(logs);
    }

    private static string[] Lines(LogCapture logs) => [.. logs.Records.Select(static r => r.Message["talker:1.2.3: ".Length..])];

    private static ContainerOutput New(LogCapture logs) =>
        new(new StandardStreams(OutputMode.Pipe, OutputMode.Pipe), s_container, logs.CreateLogger(ContainerOutput.LogCategory));

    private static unsafe void Write(SafeHandle stream, byte[] bytes)
    {
        using var fd = new Borrow(stream);
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                int count = (int)Sys.write(fd.Fd, start + done, (nuint)(bytes.Length - done));
                Assert.That(count, Is.Positive);
                done += count;
            }
        }
    }

    private static unsafe SafeFd Duplicate(SafeHandle handle)
    {
        var copy = new SafeFd();
        using var fd = new Borrow(handle);
        copy.Take(Sys.fcntl(fd.Fd, Sys.F_DUPFD_CLOEXEC, 0), "dup");
        return copy;
    }

    private static string? Target(SafeHandle handle)
    {
        using var fd = new Borrow(handle);
        return new FileInfo($"/proc/self/fd/{fd.Fd}").LinkTarget;
    }
}
