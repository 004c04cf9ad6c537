// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Toml;

/// <summary>Keys, headers and how tables may be extended.</summary>
internal sealed partial class TomlParser
{
    private const string BareKeyHint = "a bare key has letters, digits, '_' and '-' of ASCII; others need quotes";

    private readonly record struct KeyPart(string Name, TomlPosition Position);

    private (TomlTable Table, int Depth) ReadHeader()
    {
        TomlPosition position = Here;
        _index++;
        bool ofArray = TrySkip('[');
        SkipBlanks();
        List<KeyPart> key = ReadKey(depth: 0);
        if (!TrySkip(']') || (ofArray && !TrySkip(']')))
        {
            throw Error($"{Describe()} in a table header", ofArray ? "']]' must close it" : "']' must close it");
        }

        TomlTable parent = _root;
        foreach (KeyPart part in key.SkipLast(1))
        {
            parent = Descend(parent, part, position);
        }

        return (ofArray ? AppendTable(parent, key[^1], position) : OpenTable(parent, key[^1], position), key.Count + 1);
    }

    private TomlTable MakeTable(TomlPosition position, TomlTableOrigin origin)
    {
        _onValue(position);
        return new TomlTable(position, origin);
    }

    /// <summary>Walks through a part in front of the last one of a header.</summary>
    private TomlTable Descend(TomlTable parent, KeyPart part, TomlPosition position)
    {
        switch (parent.Find(part.Name)?.Value)
        {
            case null:
                TomlTable implied = MakeTable(position, TomlTableOrigin.Implied);
                parent.TryAdd(new TomlEntry(part.Name, implied, part.Position));
                return implied;
            case TomlTable { Origin: not TomlTableOrigin.Inline } table:
                return table;
            case TomlArray { OfTables: true } array:
                return (TomlTable)array[^1];
            case TomlValue other:
                throw CannotExtend(part, other);
        }
    }

    private TomlTable OpenTable(TomlTable parent, KeyPart part, TomlPosition position)
    {
        TomlEntry? existing = parent.Find(part.Name);
        if (existing?.Value is TomlTable { Origin: TomlTableOrigin.Implied } implied)
        {
            implied.Origin = TomlTableOrigin.Header;
            return implied;
        }

        if (existing is not null)
        {
            throw Duplicate(part, existing);
        }

        TomlTable table = MakeTable(position, TomlTableOrigin.Header);
        parent.TryAdd(new TomlEntry(part.Name, table, part.Position));
        return table;
    }

    private TomlTable AppendTable(TomlTable parent, KeyPart part, TomlPosition position)
    {
        TomlEntry? existing = parent.Find(part.Name);
        if (existing is not null && existing.Value is not TomlArray { OfTables: true })
        {
            throw Duplicate(part, existing);
        }

        var array = existing?.Value as TomlArray;
        if (array is null)
        {
            _onValue(position);
            array = new TomlArray(position, ofTables: true);
            parent.TryAdd(new TomlEntry(part.Name, array, part.Position));
        }

        TomlTable table = MakeTable(position, TomlTableOrigin.Header);
        array.Add(table);
        return table;
    }

    /// <summary>Reads <c>key = value</c> into <paramref name="table"/>, whose contents have the nesting <paramref name="depth"/>.</summary>
    private void ReadKeyValue(TomlTable table, int depth)
    {
        List<KeyPart> key = ReadKey(depth);
        if (!TrySkip('='))
        {
            throw Error($"{Describe()} after a key", AtEnd || IsNewline() ? "'= value' is missing" : BareKeyHint);
        }

        SkipBlanks();
        foreach (KeyPart part in key.SkipLast(1))
        {
            table = ExtendDotted(table, part);
        }

        TomlValue value = ReadValue(depth + key.Count - 1);
        KeyPart last = key[^1];
        if (!table.TryAdd(new TomlEntry(last.Name, value, last.Position)))
        {
            throw Duplicate(last, table.Find(last.Name)!);
        }
    }

    private TomlTable ExtendDotted(TomlTable parent, KeyPart part)
    {
        switch (parent.Find(part.Name)?.Value)
        {
            case null:
                TomlTable table = MakeTable(part.Position, TomlTableOrigin.DottedKey);
                parent.TryAdd(new TomlEntry(part.Name, table, part.Position));
                return table;
            case TomlTable { Origin: TomlTableOrigin.DottedKey } dotted:
                return dotted;
            case TomlValue other:
                throw CannotExtend(part, other);
        }
    }

    /// <summary>Reads a key of one or more parts, with the blanks around each.</summary>
    private List<KeyPart> ReadKey(int depth)
    {
        List<KeyPart> parts = [];
        do
        {
            SkipBlanks();
            TomlPosition position = Here;
            parts.Add(new KeyPart(ReadKeyPart(), position));
            if (depth + parts.Count > TomlReader.MaxDepth)
            {
                throw Error($"tables nest deeper than {TomlReader.MaxDepth} levels");
            }

            SkipBlanks();
        }
        while (TrySkip('.'));
        return parts;
    }

    private string ReadKeyPart()
    {
        if (Current is '"' or '\'')
        {
            return Current == '"' ? ReadBasicString() : ReadLiteralString();
        }

        int start = _index;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '-')
        {
            _index++;
        }

        return _index > start ? _text[start.._index] : throw Error($"{Describe()} where a key is expected", BareKeyHint);
    }

    private static TomlException Duplicate(KeyPart part, TomlEntry existing) =>
        new(part.Position, $"'{part.Name}' is defined twice", $"the first is at line {existing.Position.Line}, column {existing.Position.Column}");

    private static TomlException CannotExtend(KeyPart part, TomlValue existing) =>
        new(part.Position, $"'{part.Name}' cannot be extended, it is a complete {existing.KindName}", $"it begins at line {existing.Position.Line}");
}
