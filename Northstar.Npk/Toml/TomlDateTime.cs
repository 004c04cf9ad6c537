// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk.Toml;

/// <summary>A date, a time or both. Fractions finer than 100 nanoseconds are cut off.</summary>
/// <remarks>
/// The four kinds of TOML differ in what is there: offset date-time (date, time, offset), local date-time (date, time), local date, local time.
/// </remarks>
public sealed class TomlDateTime : TomlValue
{
    internal TomlDateTime(TomlPosition position, DateOnly? date, TimeOnly? time, TimeSpan? offset)
        : base(position)
    {
        Date = date;
        Time = time;
        Offset = offset;
    }

    /// <summary>Gets the date, or null for a local time.</summary>
    public DateOnly? Date { get; }

    /// <summary>Gets the time of day, or null for a local date.</summary>
    public TimeOnly? Time { get; }

    /// <summary>Gets the offset from UTC, less than 24 hours either way, or null where the document gives none.</summary>
    public TimeSpan? Offset { get; }

    /// <inheritdoc/>
    public override string KindName => (Date, Time, Offset) switch
    {
        (not null, not null, not null) => "offset date-time",
        (not null, not null, null) => "local date-time",
        (not null, null, _) => "local date",
        _ => "local time",
    };

    /// <summary>Returns the normal form of RFC 3339, with <c>T</c> between date and time and <c>Z</c> for no offset.</summary>
    public override string ToString()
    {
        string date = Date is { } d ? d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";
        string time = Time is { } t ? t.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) : "";
        string offset = Offset switch
        {
            null => "",
            { Ticks: 0 } => "Z",
            { } o => (o < TimeSpan.Zero ? "-" : "+") + o.ToString(@"hh\:mm", CultureInfo.InvariantCulture),
        };
        return date + (date.Length > 0 && time.Length > 0 ? "T" : "") + time + offset;
    }
}
