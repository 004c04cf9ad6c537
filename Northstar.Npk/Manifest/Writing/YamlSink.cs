// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk;

/// <summary>Writes block-style YAML: two blanks a level, list dashes at the indentation of their key, lines never folded.</summary>
internal sealed class YamlSink : IManifestSink
{
    private readonly StringBuilder _text = new();
    private readonly Stack<Level> _levels = new();

    /// <summary>What stands on the current line in front of the next value: a key or a dash, and with a tag no value may follow it directly.</summary>
    private Before _before = Before.Nothing;

    private enum Before
    {
        Nothing,
        Key,
        Dash,
        Tag,
    }

    public override string ToString() => _text.ToString();

    public void BeginObject() => Begin(isList: false);

    public void EndObject() => End("{}");

    public void BeginList() => Begin(isList: true);

    public void EndList() => End("[]");

    public void BeginVariant(string name)
    {
        StartValue();
        _text.Append(" !").Append(name);
        _before = Before.Tag;
    }

    public void EndVariant()
    {
        // The end of the payload is the end of the variant.
    }

    public void Key(string name)
    {
        Level level = _levels.Peek();
        StartLine(level);
        string key = YamlText.Quote(name, isKey: true);
        if (Encoding.UTF8.GetByteCount(key) > YamlText.LongestSimpleKey)
        {
            _text.Append("? ").Append(key).Append('\n').Append(' ', level.Column).Append(':');
        }
        else
        {
            _text.Append(key).Append(':');
        }

        _before = Before.Key;
    }

    public void Text(string text)
    {
        StartValue();
        int column = _levels.Peek().Column + 2;
        Raw(YamlText.NeedsLiteralBlock(text) ? YamlText.LiteralBlock(text, column) : YamlText.Quote(text, isKey: false) + "\n");
    }

    public void Number(string text) => Scalar(text);

    public void Boolean(bool value) => Scalar(value ? "true" : "false");

    public void Null() => Scalar("null");

    private void Scalar(string text)
    {
        StartValue();
        Raw(text + "\n");
    }

    private void Raw(string text)
    {
        _text.Append(_before == Before.Nothing ? "" : " ").Append(text);
        _before = Before.Nothing;
    }

    private void Begin(bool isList)
    {
        StartValue();
        int column = _levels.TryPeek(out Level? parent) ? parent.Column + (isList && !parent.IsList ? 0 : 2) : 0;
        _levels.Push(new Level(isList, column, _before));
        _before = Before.Nothing;
    }

    private void End(string empty)
    {
        Level level = _levels.Pop();
        if (level.IsEmpty)
        {
            _before = level.Before;
            Raw(empty + "\n");
        }
    }

    /// <summary>In a list, writes the dash of the item that the value is.</summary>
    private void StartValue()
    {
        if (_before == Before.Nothing && _levels.TryPeek(out Level? level) && level.IsList)
        {
            StartLine(level);
            _text.Append('-');
            _before = Before.Dash;
        }
    }

    /// <summary>Goes to the column of a level; its first line continues that of a dash.</summary>
    private void StartLine(Level level)
    {
        if (!level.IsEmpty || level.Before == Before.Nothing)
        {
            _text.Append(' ', level.Column);
        }
        else if (level.Before == Before.Dash)
        {
            _text.Append(' ');
        }
        else
        {
            _text.Append('\n').Append(' ', level.Column);
        }

        level.IsEmpty = false;
    }

    private sealed class Level(bool isList, int column, Before before)
    {
        internal bool IsList { get; } = isList;

        internal int Column { get; } = column;

        internal Before Before { get; } = before;

        internal bool IsEmpty { get; set; } = true;
    }
}
