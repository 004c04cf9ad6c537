// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk.Toml;

/// <summary>Dates and times.</summary>
internal sealed partial class TomlParser
{
    private static bool IsDate(ReadOnlySpan<char> word) =>
        word.Length >= 3 && char.IsAsciiDigit(word[0]) && char.IsAsciiDigit(word[1])
        && (word[2] == ':' || (word.Length >= 5 && char.IsAsciiDigit(word[2]) && char.IsAsciiDigit(word[3]) && word[4] == '-'));

    private TomlDateTime ReadDateTime(ReadOnlySpan<char> word, TomlPosition position)
    {
        // A blank may stand for the T between date and time.
        if (word.Length == 10 && Rest.Length > 13 && Rest[10] == ' ' && char.IsAsciiDigit(Rest[11]) && Rest[13] == ':')
        {
            int length = Rest[11..].IndexOfAny(s_wordEnds);
            word = length < 0 ? Rest : Rest[..(11 + length)];
        }

        ReadOnlySpan<char> rest = word;
        DateOnly? date = null;
        TimeOnly? time = null;
        TimeSpan? offset = null;
        bool valid = word[2] == ':' || TryDate(ref rest, out date);
        bool separated = date is not null && !rest.IsEmpty;
        valid = valid && (!separated || rest[0] is 'T' or 't' or ' ');
        rest = valid && separated ? rest[1..] : rest;
        valid = valid && ((date is not null && !separated) || TryTime(ref rest, out time));
        valid = valid && (rest.IsEmpty || (date is not null && time is not null && TryOffset(ref rest, out offset)));
        if (!valid || !rest.IsEmpty)
        {
            throw Error($"'{word}' is no date or time", "a date is 2024-02-29, a time 23:59:59.5, both are joined by T and may end with Z or +01:00");
        }

        _index += word.Length;
        return new TomlDateTime(position, date, time, offset);
    }

    private static bool TryDate(ref ReadOnlySpan<char> text, out DateOnly? date)
    {
        bool valid = DateOnly.TryParseExact(
            text[..Math.Min(10, text.Length)], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly value);
        date = valid ? value : null;
        text = valid ? text[10..] : text;
        return valid;
    }

    private static bool TryTime(ref ReadOnlySpan<char> text, out TimeOnly? time)
    {
        time = null;
        if (text.Length < 8
            || !TimeOnly.TryParseExact(text[..8], "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly value))
        {
            return false;
        }

        text = text[8..];
        if (!text.IsEmpty && text[0] == '.')
        {
            int end = text[1..].IndexOfAnyExceptInRange('0', '9');
            ReadOnlySpan<char> digits = end < 0 ? text[1..] : text.Slice(1, end);
            if (digits.IsEmpty)
            {
                return false;
            }

            text = text[(1 + digits.Length)..];
            string ticks = digits[..Math.Min(7, digits.Length)].ToString().PadRight(7, '0');
            value = value.Add(TimeSpan.FromTicks(long.Parse(ticks, NumberStyles.None, CultureInfo.InvariantCulture)));
        }

        time = value;
        return true;
    }

    private static bool TryOffset(ref ReadOnlySpan<char> text, out TimeSpan? offset)
    {
        offset = null;
        if (text is "Z" or "z")
        {
            offset = TimeSpan.Zero;
        }
        else if (text.Length == 6 && text[0] is '+' or '-'
            && TimeOnly.TryParseExact(text[1..], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly value))
        {
            offset = text[0] == '-' ? -value.ToTimeSpan() : value.ToTimeSpan();
        }

        text = offset is null ? text : [];
        return offset is not null;
    }
}
