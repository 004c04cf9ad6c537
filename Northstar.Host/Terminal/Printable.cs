// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;

namespace Northstar.Host.Terminal;

/// <summary>Makes text safe to print: nothing in it moves the cursor, changes colours or turns the direction of writing.</summary>
internal static class Printable
{
    /// <summary>Returns text on one line; what cannot be printed becomes <c>\uXXXX</c>.</summary>
    internal static string Line(string text) => Escape(text, "");

    /// <summary>Returns text whose line feeds and tabs are kept.</summary>
    internal static string Lines(string text) => Escape(text, "\n\t");

    /// <summary>Returns text on one line, whose tabs are kept.</summary>
    internal static string Text(string text) => Escape(text, "\t");

    private static string Escape(string text, string kept)
    {
        StringBuilder? escaped = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool pair = char.IsSurrogatePair(text, i) && !IsUnprintable(CharUnicodeInfo.GetUnicodeCategory(text, i));
            if (pair || (!char.IsSurrogate(c) && !IsUnprintable(char.GetUnicodeCategory(c))) || kept.Contains(c))
            {
                escaped?.Append(text, i, pair ? 2 : 1);
                i += pair ? 1 : 0;
                continue;
            }

            escaped ??= new StringBuilder(text, 0, i, text.Length + 16);
            escaped.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\u{(int)c:X4}" });
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsUnprintable(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
