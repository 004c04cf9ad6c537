// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;

namespace Northstar.Npk.Toml;

/// <summary>Values, arrays and inline tables.</summary>
internal sealed partial class TomlParser
{
    private static readonly SearchValues<char> s_wordEnds = SearchValues.Create(" \t\r\n,]}#");

    private TomlValue ReadValue(int depth)
    {
        if (depth > TomlReader.MaxDepth)
        {
            throw Error($"values nest deeper than {TomlReader.MaxDepth} levels");
        }

        TomlPosition position = Here;
        _onValue(position);
        return Current switch
        {
            '"' => new TomlString(position, Rest.StartsWith("\"\"\"") ? ReadMultilineBasicString() : ReadBasicString()),
            '\'' => new TomlString(position, Rest.StartsWith("'''") ? ReadMultilineLiteralString() : ReadLiteralString()),
            '[' => ReadArray(depth),
            '{' => ReadInlineTable(depth),
            _ => ReadBareValue(),
        };
    }

    private TomlArray ReadArray(int depth)
    {
        var array = new TomlArray(Here, ofTables: false);
        _index++;
        SkipBlankLines();
        while (!TrySkip(']'))
        {
            array.Add(ReadValue(depth + 1));
            SkipBlankLines();
            if (!TrySkip(',') && Current != ']')
            {
                throw Error($"{Describe()} in an array", "',' or ']' is needed");
            }

            SkipBlankLines();
        }

        return array;
    }

    private TomlTable ReadInlineTable(int depth)
    {
        var table = new TomlTable(Here, TomlTableOrigin.Inline);
        _index++;
        SkipBlanks();
        if (TrySkip('}'))
        {
            return table;
        }

        do
        {
            ReadKeyValue(table, depth + 1);
            SkipBlanks();
        }
        while (TrySkip(','));
        return TrySkip('}') ? table
            : throw Error($"{Describe()} in an inline table", "',' or '}' is needed; an inline table stays on one line and has no comma at its end");
    }

    /// <summary>Reads a boolean, a number or a date: everything that has no quotes or brackets.</summary>
    private TomlValue ReadBareValue()
    {
        TomlPosition position = Here;
        int length = Rest.IndexOfAny(s_wordEnds);
        ReadOnlySpan<char> word = length < 0 ? Rest : Rest[..length];
        if (word.IsEmpty)
        {
            throw Error($"{Describe()} where a value is expected", Current == '}' || AtEnd || IsNewline() ? "the value is missing" : null);
        }

        if (IsDate(word))
        {
            return ReadDateTime(word, position);
        }

        TomlValue? value = word is "true" or "false" ? new TomlBoolean(position, word is "true") : TomlNumber.Parse(word, position);
        if (value is null)
        {
            throw BadWord(word);
        }

        _index += word.Length;
        return value;
    }

    private TomlException BadWord(ReadOnlySpan<char> word)
    {
        string shown = word.Length > 40 ? $"{word[..40]}..." : word.ToString();
        foreach (char c in word)
        {
            RefuseControl(c);
        }

        string? hint = char.IsAsciiDigit(word[0]) || word[0] is '+' or '-' or '.' ? "if it is text it needs quotes"
            : word.Equals("true", StringComparison.OrdinalIgnoreCase) || word.Equals("false", StringComparison.OrdinalIgnoreCase)
                ? "booleans are written in lower case"
            : "text needs quotes";
        return Error($"'{shown}' is no value", hint);
    }
}
