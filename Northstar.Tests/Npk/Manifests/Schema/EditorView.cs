// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests.Schema;

/// <summary>The JSON that an editor checks against a schema: plain scalars of YAML typed by the core schema, values without their tags.</summary>
internal static class EditorView
{
    internal static JsonElement Of(string text)
    {
        Node root = ManifestSyntaxDetector.Detect(text) switch
        {
            ManifestSyntax.Json => JsonFrontEnd.Read(Encoding.UTF8.GetBytes(text), NodeLimits.File),
            ManifestSyntax.Toml => TomlFrontEnd.Read(Encoding.UTF8.GetBytes(text), NodeLimits.File),
            _ => YamlFrontEnd.Read(text, NodeLimits.File),
        };
        return JsonSerializer.SerializeToElement(Json(root));
    }

    private static JsonNode? Json(Node node)
    {
        switch (node)
        {
            case SequenceNode list:
                return new JsonArray([.. list.Items.Select(Json)]);
            case MappingNode map:
                var result = new JsonObject();
                foreach ((ScalarNode key, Node value) in map.Entries)
                {
                    result[key.Text] = Json(value);
                }

                return result;
        }

        var scalar = (ScalarNode)node;
        return (scalar.Kind == ScalarKind.Plain ? YamlScalar.Resolve(scalar.Text) : scalar.Kind) switch
        {
            ScalarKind.Null => null,
            ScalarKind.Boolean => scalar.Text[0] is 't' or 'T',
            ScalarKind.Integer when YamlScalar.TryInteger(scalar.Text, out Int128 number) => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
            ScalarKind.Integer => JsonNode.Parse(scalar.Text),
            ScalarKind.Float when YamlScalar.TryFloat(scalar.Text, out double number) && double.IsFinite(number) => JsonNode.Parse(FloatText.Format(number)),
            _ => scalar.Text,
        };
    }
}
