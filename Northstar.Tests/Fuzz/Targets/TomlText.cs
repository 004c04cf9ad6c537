// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Npk.Toml;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Writes a TOML document in one form: a line for each key, everything below it inline.</summary>
internal static class TomlText
{
    internal static string Write(TomlTable document)
    {
        var text = new StringBuilder();
        foreach (TomlEntry entry in document)
        {
            Quote(text, entry.Key).Append(" = ");
            Value(text, entry.Value);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static void Value(StringBuilder text, TomlValue value)
    {
        switch (value)
        {
            case TomlTable table:
                List(text, table, '{', '}', entry =>
                {
                    Quote(text, entry.Key).Append(" = ");
                    Value(text, entry.Value);
                });
                break;
            case TomlArray array:
                List(text, array, '[', ']', item => Value(text, item));
                break;
            case TomlString word:
                Quote(text, word.Value);
                break;
            case TomlBoolean boolean:
                text.Append(boolean.Value ? "true" : "false");
                break;
            case TomlFloat number:
                text.Append(Float(number.Value));
                break;
            case TomlInteger number:
                text.Append(number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(value);
                break;
        }
    }

    private static string Float(double number)
    {
        string text = double.IsNaN(number) ? "nan" : double.IsInfinity(number) ? (number > 0 ? "inf" : "-inf") : number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsFinite(number) && text.IndexOfAny(['.', 'E']) < 0 ? text + ".0" : text;
    }

    private static void List<T>(StringBuilder text, IReadOnlyList<T> items, char open, char close, Action<T> write)
    {
        text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            write(items[i]);
        }

        text.Append(close);
    }

    private static StringBuilder Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (Rune rune in value.EnumerateRunes())
        {
            text.Append(rune.Value is >= ' ' and < 0x7F and not '"' and not '\\' ? rune.ToString() : $"\\U{rune.Value:X8}");
        }

        return text.Append('"');
    }
}
