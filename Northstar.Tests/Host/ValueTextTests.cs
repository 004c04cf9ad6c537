// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Configuration;

namespace Northstar.Tests.Host;

/// <summary>Durations and sizes.</summary>
public sealed class ValueTextTests
{
    [TestCase("10s", 10_000)]
    [TestCase("1 0s", 10_000)]
    [TestCase("1m30s", 90_000)]
    [TestCase(" 1m 30s ", 90_000)]
    [TestCase("2 h", 7_200_000)]
    [TestCase("500ms", 500)]
    [TestCase("5msec 5millis", 10)]
    [TestCase("1sec 1secs 1second 1seconds", 4_000)]
    [TestCase("1min 1mins 1minute 1minutes", 240_000)]
    [TestCase("1hr 1hrs 1hour 1hours", 14_400_000)]
    [TestCase("1d 1day 1days", 259_200_000)]
    [TestCase("1w 1week 1weeks", 1_814_400_000)]
    [TestCase("1M 1month 1months", 7_890_048_000)]
    [TestCase("1y 1year 1years", 94_672_800_000)]
    [TestCase("0s", 0)]
    [TestCase("1000us", 1)]
    [TestCase("1000usec", 1)]
    [TestCase("1000µs", 1)]
    [TestCase("1000000nanos", 1)]
    public void Duration_WellFormed_IsTheSum(string text, long milliseconds)
    {
        Assert.That(DurationText.TryParse(text, out TimeSpan duration), Is.Null);
        Assert.That(duration, Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Test]
    public void Duration_FinerThanATick_IsRoundedUp()
    {
        Assert.That(DurationText.TryParse("101ns", out TimeSpan duration), Is.Null);
        Assert.That(duration.Ticks, Is.EqualTo(2));
    }

    [TestCase("", "empty")]
    [TestCase("  ", "empty")]
    [TestCase("0", "unit is missing")]
    [TestCase("10", "unit is missing")]
    [TestCase("-1s", "whole number")]
    [TestCase("+1s", "whole number")]
    [TestCase("1.5s", "unit is missing")]
    [TestCase("1s,2m", "whole number")]
    [TestCase("s", "whole number")]
    [TestCase("1 m s", "whole number")]
    [TestCase("1S", "'S' is no unit")]
    [TestCase("1fortnight", "'fortnight' is no unit")]
    [TestCase("18446744073709551616s", "too large")]
    [TestCase("18446744073709551615y", "too long")]
    public void Duration_Malformed_SaysWhy(string text, string problem) =>
        Assert.That(DurationText.TryParse(text, out _), Does.Contain(problem));

    [TestCase(0ul, "0s")]
    [TestCase(3_723_004_005_006ul, "1h 2m 3s 4ms 5us 6ns")]
    [TestCase(60_000_000_000ul, "1m")]
    [TestCase(86_400_000_000_000ul, "1day")]
    [TestCase(31_557_600_000_000_000ul * 2, "2years")]
    [TestCase(2_630_016_000_000_000ul + 1, "1month 1ns")]
    public void Format_Nanoseconds_ListsEveryUnit(ulong nanoseconds, string text) =>
        Assert.That(DurationText.Format(nanoseconds), Is.EqualTo(text));

    [TestCase("0", 0ul)]
    [TestCase("1048576", 1048576ul)]
    [TestCase("+5", 5ul)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("100MB", 100_000_000ul)]
    [TestCase("100 mb", 100_000_000ul)]
    [TestCase("1M", 1_000_000ul)]
    [TestCase("1MiB", 1_048_576ul)]
    [TestCase("1Mi", 1_048_576ul)]
    [TestCase("7B", 7ul)]
    [TestCase("1K", 1000ul)]
    [TestCase("1KiB", 1024ul)]
    [TestCase("2GB", 2_000_000_000ul)]
    [TestCase("1Ti", 1ul << 40)]
    [TestCase("1PB", 1_000_000_000_000_000ul)]
    [TestCase("1.5K", 1500ul)]
    [TestCase(".5K", 500ul)]
    [TestCase("5.K", 5000ul)]
    [TestCase("1.0009K", 1000ul)]
    [TestCase("999999999P", ulong.MaxValue)]
    public void Size_WellFormed_IsInBytes(string text, ulong bytes)
    {
        Assert.That(SizeText.TryParse(text, out ulong size), Is.Null);
        Assert.That(size, Is.EqualTo(bytes));
    }

    [TestCase("", "empty")]
    [TestCase(" 1MB", "begin with a number")]
    [TestCase("1MB ", "no unit")]
    [TestCase("1 ", "needs a unit")]
    [TestCase("+1MB", "begin with a number")]
    [TestCase("-1", "begin with a number")]
    [TestCase("1e3", "no unit")]
    [TestCase("1.5", "needs a unit")]
    [TestCase("1.5.5K", "begin with a number")]
    [TestCase(".", "begin with a number")]
    [TestCase("1XB", "no unit")]
    [TestCase("1MiX", "no unit")]
    [TestCase("18446744073709551616", "too large")]
    public void Size_Malformed_SaysWhy(string text, string problem) => Assert.That(SizeText.TryParse(text, out _), Does.Contain(problem));
}
