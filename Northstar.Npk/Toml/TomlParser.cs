// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Toml;

/// <summary>Parses one document: this part has the cursor and the lines, the others keys, tables, strings and numbers.</summary>
internal sealed partial class TomlParser
{
    private const char End = '\0';

    private readonly string _text;
    private readonly Action<TomlPosition> _onValue;
    private readonly TomlTable _root = new(new TomlPosition(1, 1), TomlTableOrigin.Header);
    private int _index;
    private int _line = 1;
    private int _lineStart;

    internal TomlParser(string text, Action<TomlPosition> onValue)
    {
        _text = text;
        _onValue = onValue;
    }

    private TomlPosition Here => new(_line, _index - _lineStart + 1);

    /// <summary>Gets the character at the cursor; a NUL stands for the end, which no valid document contains.</summary>
    private char Current => Peek(0);

    private bool AtEnd => _index >= _text.Length;

    private ReadOnlySpan<char> Rest => _text.AsSpan(_index);

    internal TomlTable ReadDocument()
    {
        TomlTable table = _root;
        int depth = 1;
        while (true)
        {
            SkipBlankLines();
            if (AtEnd)
            {
                return _root;
            }

            if (Current == '[')
            {
                (table, depth) = ReadHeader();
            }
            else
            {
                ReadKeyValue(table, depth);
            }

            EndLine();
        }
    }

    private char Peek(int offset) => _index + offset < _text.Length ? _text[_index + offset] : End;

    private bool TrySkip(char expected)
    {
        bool found = !AtEnd && _text[_index] == expected;
        _index += found ? 1 : 0;
        return found;
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
        {
            _index++;
        }
    }

    private void SkipBlankLines()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (TryNewline());
    }

    private void SkipComment()
    {
        if (!TrySkip('#'))
        {
            return;
        }

        while (!AtEnd && !IsNewline())
        {
            RefuseControl(Current);
            _index++;
        }
    }

    private bool IsNewline() => Current == '\n' || (Current == '\r' && Peek(1) == '\n');

    private bool TryNewline()
    {
        if (!IsNewline())
        {
            return false;
        }

        _index += Current == '\r' ? 2 : 1;
        _line++;
        _lineStart = _index;
        return true;
    }

    private void EndLine()
    {
        SkipBlanks();
        SkipComment();
        if (!AtEnd && !TryNewline())
        {
            throw Error($"{Describe()} after the end of the value or header", "only one entry fits on a line");
        }
    }

    private void RefuseControl(char c)
    {
        if ((c < ' ' && c != '\t') || c == '\x7f')
        {
            throw Error($"the control character U+{(int)c:X4} is not allowed here");
        }
    }

    private string Describe() => AtEnd ? "the document ends"
        : IsNewline() ? "the line ends"
        : Current is < ' ' or '\x7f' ? $"the control character U+{(int)Current:X4} stands"
        : $"'{(char.IsHighSurrogate(Current) ? _text.Substring(_index, 2) : Current)}' stands";

    private TomlException Error(string problem, string? hint = null) => new(Here, problem, hint);
}
