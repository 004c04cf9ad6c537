// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Host.Terminal;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>How tools show how far they are.</summary>
internal sealed class ByteProgressTests
{
    [TestCase(0, "0 B")]
    [TestCase(999, "999 B")]
    [TestCase(1_000, "1.0 kB")]
    [TestCase(12_340_000, "12.3 MB")]
    [TestCase(5_600_000_000, "5.6 GB")]
    public void Bytes_OfACount_AreInDecimalUnits(long count, string text) => Assert.That(ByteProgress.Bytes(count), Is.EqualTo(text));

    [TestCase(1_000_000, 0.5, "2.0 MB/s")]
    [TestCase(0, 0, "0 B/s")]
    public void Speed_OfACount_IsPerSecond(long count, double seconds, string text) =>
        Assert.That(ByteProgress.Speed(count, TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [Test]
    public void Progress_WithoutATerminal_ShowsNothing()
    {
        using var error = new MemoryStream();
        using var streams = new Streams(Stream.Null, error);
        using (var progress = new ByteProgress(streams, "x", 10))
        {
            progress.Report(10);
        }

        Assert.That(error.Length, Is.Zero);
    }

    [TestCase(100, "...", ", 50 %, 1.0 MB/s")]
    [TestCase(80, "...", ", 50 %, 1.0 MB/s")]
    [TestCase(60, "1.0 MB of 2.0 MB", ", 50 %, 1.0 MB/s")]
    [TestCase(30, "1.0 MB of 2.0 MB", ", 50 %, 1.0")]
    public void Progress_OnANarrowTerminal_StaysOnItsLine(int columns, string start, string end)
    {
        using var error = new MemoryStream();
        using var streams = new Streams(Stream.Null, error, errorIsTerminal: true, size: () => new TerminalSize(columns, 10));
        var time = new ManualTimeProvider();
        using (var progress = new ByteProgress(streams, "install /srv/packages/of/the/vendor/checker.npk", 2_000_000, time))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            progress.Report(1_000_000);
        }

        string shown = Encoding.UTF8.GetString(error.ToArray()).Split("\e[K")[1].TrimEnd('\r');
        Assert.That(shown, Has.Length.LessThan(columns));
        Assert.That(shown, Does.StartWith(start).And.Contain(end));
    }

    [Test]
    public void Progress_OnATerminal_IsABarThatGoesWhenItIsDone()
    {
        using var error = new MemoryStream();
        using var streams = new Streams(Stream.Null, error, errorIsTerminal: true);
        var time = new ManualTimeProvider();
        using (var progress = new ByteProgress(streams, "verify a\nb", 4_000_000, time))
        {
            progress.Report(1); // sooner than the line is rewritten
            time.Advance(TimeSpan.FromSeconds(1));
            progress.Report(1_000_000);
            progress.Report(2_000_000);
            time.Advance(TimeSpan.FromSeconds(1));
            progress.Report(4_000_000);
        }

        const string Clear = "\r\e[K";
        Assert.That(Encoding.UTF8.GetString(error.ToArray()), Is.EqualTo(
            Clear + "verify a\\nb: [######..................] 1.0 MB of 4.0 MB, 25 %, 1.0 MB/s"
            + Clear + "verify a\\nb: [########################] 4.0 MB of 4.0 MB, 100 %, 2.0 MB/s" + Clear));
    }

    [Test]
    public void Progress_WithoutATotal_HasNoBar()
    {
        using var error = new MemoryStream();
        using var streams = new Streams(Stream.Null, error, errorIsTerminal: true);
        var time = new ManualTimeProvider();
        using (var progress = new ByteProgress(streams, "pack x", null, time))
        {
            time.Advance(TimeSpan.FromSeconds(2));
            progress.Report(3_000);
        }

        Assert.That(Encoding.UTF8.GetString(error.ToArray()), Does.Contain("\e[Kpack x: 3.0 kB, 1.5 kB/s"));
    }
}
