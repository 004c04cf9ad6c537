// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;

namespace Northstar.Npk;

/// <summary>Reads JSON into nodes; duplicate members stay and are judged where they stand.</summary>
internal ref struct JsonFrontEnd
{
    private readonly ReadOnlySpan<byte> _utf8;
    private readonly NodeBudget _budget;
    private Utf8JsonReader _reader;
    private int _offset;
    private int _line = 1;
    private int _column = 1;

    private JsonFrontEnd(ReadOnlySpan<byte> utf8, NodeLimits limits)
    {
        _utf8 = utf8;
        _budget = new NodeBudget(limits);
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxDepth + 1 });
    }

    internal static Node Read(ReadOnlySpan<byte> utf8, NodeLimits limits)
    {
        var frontEnd = new JsonFrontEnd(utf8, limits);
        try
        {
            frontEnd._reader.Read();
            Node root = frontEnd.ReadNode();
            frontEnd._reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            Place place = At(utf8, (int)(e.LineNumber ?? 0), (int)(e.BytePositionInLine ?? 0));
            int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new ManifestSyntaxException("S01", place, $"malformed JSON: {(end < 0 ? e.Message : e.Message[..end])}");
        }
    }

    private Node ReadNode()
    {
        Place place = Here();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _budget.Enter(place);
                List<KeyValuePair<ScalarNode, Node>> entries = [];
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                {
                    Place keyPlace = Here();
                    ScalarNode key = _budget.Key(keyPlace, ScalarKind.String, Text(keyPlace));
                    _reader.Read();
                    entries.Add(KeyValuePair.Create(key, ReadNode()));
                }

                _budget.Leave();
                return new MappingNode(place, entries);
            case JsonTokenType.StartArray:
                _budget.Enter(place);
                List<Node> items = [];
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadNode());
                }

                _budget.Leave();
                return new SequenceNode(place, items);
            case JsonTokenType.String:
                return _budget.Scalar(place, ScalarKind.String, Text(place));
            case JsonTokenType.Number:
                string number = Encoding.ASCII.GetString(_reader.ValueSpan);
                bool isInteger = number != "-0" && number.AsSpan().IndexOfAny(".eE") < 0;
                return _budget.Scalar(place, isInteger ? ScalarKind.Integer : ScalarKind.Float, number);
            case JsonTokenType.Null:
                return _budget.Scalar(place, ScalarKind.Null, "null");
            default:
                return _budget.Scalar(place, ScalarKind.Boolean, _reader.TokenType == JsonTokenType.True ? "true" : "false");
        }
    }

    private readonly string Text(Place place)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new ManifestSyntaxException("S01", place, "malformed JSON: a string is not UTF-8 or has half of a surrogate pair");
        }
    }

    /// <summary>Turns a line and the bytes before a place in it into a place.</summary>
    private static Place At(ReadOnlySpan<byte> rest, int line, int bytes)
    {
        for (int i = 0; i < line; i++)
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        return new Place(line + 1, Encoding.UTF8.GetCharCount(rest[..Math.Min(bytes, rest.Length)]) + 1);
    }

    /// <summary>Counts lines and columns up to the current token; tokens come in order, so the text is walked once.</summary>
    private Place Here()
    {
        ReadOnlySpan<byte> passed = _utf8[_offset..(int)_reader.TokenStartIndex];
        int lineFeed = passed.LastIndexOf((byte)'\n');
        if (lineFeed >= 0)
        {
            _line += passed.Count((byte)'\n');
            _column = 1;
        }

        _column += Encoding.UTF8.GetCharCount(passed[(lineFeed + 1)..]);
        _offset = (int)_reader.TokenStartIndex;
        return new Place(_line, _column);
    }
}
