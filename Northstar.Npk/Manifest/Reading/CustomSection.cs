// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Northstar.Npk;

/// <summary>Reads the free section into JSON, with the members of objects sorted by bytes.</summary>
internal sealed class CustomSection
{
    private readonly DiagnosticList _found;
    private readonly bool _forPacking;
    private readonly Utf8JsonWriter _writer;

    private CustomSection(DiagnosticList found, bool forPacking, Utf8JsonWriter writer)
    {
        _found = found;
        _forPacking = forPacking;
        _writer = writer;
    }

    internal static JsonElement Bind(Node node, DiagnosticList found, bool forPacking)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            new CustomSection(found, forPacking, writer).Write(node, "custom");
        }

        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
        return document.RootElement.Clone();
    }

    private void Write(Node node, string path)
    {
        if (node.Tag is { } tag)
        {
            _found.Error("H07", node.Place, path, $"the tag '!{tag}' does not belong here");
        }

        switch (node)
        {
            case MappingNode mapping:
                WriteObject(mapping, path);
                break;
            case SequenceNode list:
                _writer.WriteStartArray();
                for (int i = 0; i < list.Items.Count; i++)
                {
                    Write(list.Items[i], DiagnosticList.Item(path, i));
                }

                _writer.WriteEndArray();
                break;
            case ScalarNode scalar:
                WriteScalar(scalar, path);
                break;
        }
    }

    private void WriteObject(MappingNode mapping, string path)
    {
        var sorted = new SortedDictionary<string, Node>(Utf8Order.Instance);
        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            if (!sorted.TryAdd(key.Text, value))
            {
                string field = DiagnosticList.Member(path, key.Text);
                if (_forPacking)
                {
                    _found.Error("P03", key.Place, field, $"'{key.Text}' is given twice");
                }
                else
                {
                    _found.Warn("P03", key.Place, field, $"'{key.Text}' is given twice; the last one holds");
                }

                sorted[key.Text] = value;
            }
        }

        _writer.WriteStartObject();
        foreach ((string key, Node value) in sorted)
        {
            _writer.WritePropertyName(key);
            Write(value, DiagnosticList.Member(path, key));
        }

        _writer.WriteEndObject();
    }

    private void WriteScalar(ScalarNode scalar, string path)
    {
        switch (scalar.Kind == ScalarKind.Plain ? YamlScalar.Resolve(scalar.Text) : scalar.Kind)
        {
            case ScalarKind.Null:
                _writer.WriteNullValue();
                break;
            case ScalarKind.Boolean:
                _writer.WriteBooleanValue(scalar.Text[0] is 't' or 'T');
                break;
            case ScalarKind.Integer when YamlScalar.TryInteger(scalar.Text, out Int128 number) && number >= long.MinValue && number <= ulong.MaxValue:
                _writer.WriteRawValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case ScalarKind.Integer when scalar.Kind == ScalarKind.Plain:
                _found.Error("P00", scalar.Place, path, $"{scalar.Text} is not within -2^63 and 2^64 - 1");
                _writer.WriteNullValue();
                break;
            case ScalarKind.Integer or ScalarKind.Float:
                WriteFloat(scalar, path);
                break;
            case ScalarKind.DateTime:
                _writer.WriteStartObject();
                _writer.WriteString(TomlFrontEnd.DateKey, scalar.Text);
                _writer.WriteEndObject();
                break;
            default:
                _writer.WriteStringValue(scalar.Text);
                break;
        }
    }

    /// <summary>Writes a float. Those that are infinite or no number become null, but a number too large for JSON's readers is an error.</summary>
    private void WriteFloat(ScalarNode scalar, string path)
    {
        double number = scalar.Kind == ScalarKind.Plain && YamlScalar.TryFloat(scalar.Text, out double value)
            ? value
            : double.Parse(scalar.Text, CultureInfo.InvariantCulture);
        if (double.IsFinite(number))
        {
            _writer.WriteRawValue(FloatText.Format(number));
            return;
        }

        if (char.IsAsciiDigit(scalar.Text[^1]))
        {
            _found.Error("P00", scalar.Place, path, $"{scalar.Text} is too large for a number");
        }

        _writer.WriteNullValue();
    }
}
