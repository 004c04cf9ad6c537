// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;

namespace Northstar.Npk.Toml;

/// <summary>The four forms of strings.</summary>
internal sealed partial class TomlParser
{
    private const string UnclosedHint = "a string of one line must be closed on it; three quotes begin one of several lines";

    private string ReadBasicString()
    {
        var text = new StringBuilder();
        _index++;
        while (!TrySkip('"'))
        {
            RefuseUnclosed();
            if (Current == '\\')
            {
                ReadEscape(text);
            }
            else
            {
                text.Append(ReadPlainCharacter());
            }
        }

        return text.ToString();
    }

    private string ReadLiteralString()
    {
        int start = ++_index;
        while (Current != '\'')
        {
            RefuseUnclosed();
            ReadPlainCharacter();
        }

        return _text[start.._index++];
    }

    private string ReadMultilineBasicString()
    {
        var text = new StringBuilder();
        _index += 3;
        TryNewline();
        while (!TryCloseMultiline('"', text))
        {
            if (Current == '\\' && EndsLine(1))
            {
                _index++;
                SkipWhiteSpace();
            }
            else if (Current == '\\')
            {
                ReadEscape(text);
            }
            else
            {
                ReadMultilineCharacter(text);
            }
        }

        return text.ToString();
    }

    private string ReadMultilineLiteralString()
    {
        var text = new StringBuilder();
        _index += 3;
        TryNewline();
        while (!TryCloseMultiline('\'', text))
        {
            ReadMultilineCharacter(text);
        }

        return text.ToString();
    }

    /// <summary>Closes the string at three quotes; up to two more in front of them belong to the text.</summary>
    private bool TryCloseMultiline(char quote, StringBuilder text)
    {
        if (AtEnd)
        {
            throw Error("the document ends within a string", $"three {(quote == '"' ? "double" : "single")} quotes close it");
        }

        int count = 0;
        while (count < 5 && Peek(count) == quote)
        {
            count++;
        }

        if (count < 3)
        {
            return false;
        }

        text.Append(quote, count - 3);
        _index += count;
        return true;
    }

    private void ReadMultilineCharacter(StringBuilder text)
    {
        int start = _index;
        if (TryNewline())
        {
            text.Append(_text, start, _index - start);
        }
        else
        {
            text.Append(ReadPlainCharacter());
        }
    }

    private char ReadPlainCharacter()
    {
        RefuseControl(Current);
        return _text[_index++];
    }

    private void RefuseUnclosed()
    {
        if (AtEnd || IsNewline())
        {
            throw Error($"{Describe()} within a string", UnclosedHint);
        }
    }

    /// <summary>Tells whether only blanks stand between the cursor and the end of the line.</summary>
    private bool EndsLine(int offset)
    {
        while (Peek(offset) is ' ' or '\t')
        {
            offset++;
        }

        return Peek(offset) == '\n' || (Peek(offset) == '\r' && Peek(offset + 1) == '\n');
    }

    private void SkipWhiteSpace()
    {
        do
        {
            SkipBlanks();
        }
        while (TryNewline());
    }

    private void ReadEscape(StringBuilder text)
    {
        char c = Peek(1);
        char simple = c switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' or '\\' => c,
            _ => End,
        };
        if (simple != End)
        {
            text.Append(simple);
            _index += 2;
            return;
        }

        int digits = c switch { 'u' => 4, 'U' => 8, _ => throw Error($"'\\{c}' is no escape", "write '\\\\' for a backslash, or use single quotes") };
        ReadOnlySpan<char> rest = Rest[2..];
        if (rest.Length < digits
            || !uint.TryParse(rest[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number)
            || !Rune.TryCreate(number, out Rune rune))
        {
            throw Error($"'\\{c}' needs {digits} hexadecimal digits of a Unicode character");
        }

        text.Append(rune.ToString());
        _index += 2 + digits;
    }
}
