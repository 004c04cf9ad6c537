// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk.Toml;

namespace Northstar.Npk;

/// <summary>Turns a TOML document into nodes.</summary>
internal sealed class TomlFrontEnd
{
    /// <summary>The only key of the object that stands for a date in <c>custom</c>, as the reference has it.</summary>
    internal const string DateKey = "$__toml_private_datetime";

    private readonly NodeBudget _budget;

    private TomlFrontEnd(NodeLimits limits) => _budget = new NodeBudget(limits);

    internal static Node Read(ReadOnlySpan<byte> utf8, NodeLimits limits)
    {
        try
        {
            // The document is counted while it is read, and its nodes again when they are made of it.
            var budget = new NodeBudget(limits);
            return new TomlFrontEnd(limits).Convert(TomlReader.Read(utf8, position => budget.Count(At(position))));
        }
        catch (TomlException e)
        {
            throw new ManifestSyntaxException("S01", At(e.Position), $"malformed TOML: {e.Problem}{(e.Hint is null ? "" : $"; {e.Hint}")}");
        }
    }

    private Node Convert(TomlValue value)
    {
        Place place = At(value.Position);
        switch (value)
        {
            case TomlTable table:
                _budget.Enter(place);
                List<KeyValuePair<ScalarNode, Node>> entries = [];
                foreach (TomlEntry entry in table)
                {
                    entries.Add(KeyValuePair.Create(_budget.Key(At(entry.Position), ScalarKind.String, entry.Key), Convert(entry.Value)));
                }

                _budget.Leave();
                return new MappingNode(place, entries);
            case TomlArray array:
                _budget.Enter(place);
                List<Node> items = [.. array.Select(Convert)];
                _budget.Leave();
                return new SequenceNode(place, items);
            case TomlString text:
                return _budget.Scalar(place, ScalarKind.String, text.Value);
            case TomlInteger number:
                return _budget.Scalar(place, ScalarKind.Integer, number.Value.ToString(CultureInfo.InvariantCulture));
            case TomlFloat number:
                return _budget.Scalar(place, ScalarKind.Float, number.Value.ToString("R", CultureInfo.InvariantCulture));
            case TomlBoolean boolean:
                return _budget.Scalar(place, ScalarKind.Boolean, boolean.Value ? "true" : "false");
            default:
                return _budget.Scalar(place, ScalarKind.DateTime, value.ToString()!);
        }
    }

    private static Place At(TomlPosition position) => new(position.Line, position.Column);
}
