// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;

namespace Northstar.Npk;

/// <summary>The forms of text in YAML: plain, quoted, literal block.</summary>
internal static class YamlText
{
    /// <summary>The longest key in bytes that is written without a question mark; readers look for the colon only so far.</summary>
    internal const int LongestSimpleKey = 128;

    private static readonly SearchValues<char> s_indicators = SearchValues.Create("#,[]{}&*!|>'\"%@`");

    /// <summary>Tells whether text has a line feed and nothing that a literal block would lose.</summary>
    internal static bool NeedsLiteralBlock(string text) => text.Contains('\n', StringComparison.Ordinal) && !NeedsDoubleQuotes(text);

    /// <summary>Writes a literal block, from its indicator to its last line feed, indented by <paramref name="column"/>.</summary>
    internal static string LiteralBlock(string text, int column)
    {
        var block = new StringBuilder("|").Append(text[0] is ' ' or '\n' ? "2" : "");
        string chomping = !text.EndsWith('\n') ? "-" : text.Length == 1 || text[^2] == '\n' ? "+" : "";
        block.Append(chomping).Append('\n');
        foreach (string line in (text.EndsWith('\n') ? text[..^1] : text).Split('\n'))
        {
            block.Append(' ', line.Length > 0 ? column : 0).Append(line).Append('\n');
        }

        return block.ToString();
    }

    /// <summary>Writes text on one line: plain where that reads back as the same text.</summary>
    internal static string Quote(string text, bool isKey)
    {
        if (NeedsDoubleQuotes(text) || text.Contains('\n', StringComparison.Ordinal))
        {
            return DoubleQuote(text);
        }

        // Our reader refuses merge keys, and its scanner loses its way behind a plain key with a star after a blank.
        bool isHardKey = isKey && (text == "<<" || text.Contains(" *", StringComparison.Ordinal));
        bool needsQuotes = isHardKey || YamlScalar.Resolve(text) != ScalarKind.String || YamlScalar.HasLeadingZero(text) || IsSyntax(text);
        return needsQuotes ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : text;
    }

    private static bool NeedsDoubleQuotes(string text)
    {
        if (text.Contains(" \n", StringComparison.Ordinal) || (text.EndsWith(' ') && text.Contains('\n', StringComparison.Ordinal)))
        {
            return true;
        }

        foreach (char c in text)
        {
            if (c != '\n' && IsUnprintable(c))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsUnprintable(char c) =>
        c is < ' ' or (>= '\x7f' and < '\xa0') or '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff';

    private static bool IsSyntax(string text) =>
        s_indicators.Contains(text[0])
        || (text[0] is '-' or '?' or ':' && (text.Length == 1 || text[1] == ' '))
        || text[0] == ' ' || text[^1] is ' ' or ':'
        || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)
        || text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("...", StringComparison.Ordinal);

    private static string DoubleQuote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            string? escape = c switch
            {
                '\0' => "\\0",
                '\a' => "\\a",
                '\b' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\v' => "\\v",
                '\f' => "\\f",
                '\r' => "\\r",
                '\e' => "\\e",
                '"' => "\\\"",
                '\\' => "\\\\",
                '\x85' => "\\N",
                '\u2028' => "\\L",
                '\u2029' => "\\P",
                _ when IsUnprintable(c) => c <= '\xff' ? $"\\x{(int)c:X2}" : $"\\u{(int)c:X4}",
                _ => null,
            };
            _ = escape is null ? quoted.Append(c) : quoted.Append(escape);
        }

        return quoted.Append('"').ToString();
    }
}
