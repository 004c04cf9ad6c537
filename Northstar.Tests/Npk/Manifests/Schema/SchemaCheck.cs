// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Northstar.Tests.Npk.Manifests.Schema;

/// <summary>Checks JSON against a schema, with the keywords that the schema of manifests uses; an unknown keyword is an error of the schema.</summary>
internal static class SchemaCheck
{
    internal static bool IsValid(JsonElement schema, JsonElement value) => schema.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => schema.EnumerateObject().All(keyword => Meets(schema, keyword.Name, keyword.Value, value)),
    };

    private static bool Meets(JsonElement schema, string keyword, JsonElement argument, JsonElement value) => keyword switch
    {
        "$schema" or "title" or "description" => true,
        "type" => (argument.ValueKind == JsonValueKind.Array ? [.. argument.EnumerateArray()] : new[] { argument }).Any(t => HasType(t.GetString()!, value)),
        "enum" => argument.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)),
        "anyOf" => argument.EnumerateArray().Any(one => IsValid(one, value)),
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= argument.GetDecimal(),
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= argument.GetDecimal(),
        "minLength" => value.ValueKind != JsonValueKind.String || Length(value) >= argument.GetInt32(),
        "maxLength" => value.ValueKind != JsonValueKind.String || Length(value) <= argument.GetInt32(),
        "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, argument.GetString()!, RegexOptions.CultureInvariant),
        "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => IsValid(argument, item)),
        "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= argument.GetInt32(),
        "uniqueItems" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Select(static i => i.GetRawText()).Distinct().Count() == value.GetArrayLength(),
        "maxProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() <= argument.GetInt32(),
        "required" => value.ValueKind != JsonValueKind.Object || argument.EnumerateArray().All(key => value.TryGetProperty(key.GetString()!, out _)),
        "properties" => value.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().All(member => !argument.TryGetProperty(member.Name, out JsonElement one) || IsValid(one, member.Value)),
        "additionalProperties" => value.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().All(member => (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(member.Name, out _)) || IsValid(argument, member.Value)),
        "propertyNames" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => IsValid(argument, JsonSerializer.SerializeToElement(member.Name))),
        _ => throw new NotSupportedException($"the keyword {keyword}"),
    };

    private static bool HasType(string type, JsonElement value) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && decimal.IsInteger(decimal.Parse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture)),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase),
    };

    private static int Length(JsonElement text) => text.GetString()!.EnumerateRunes().Count();
}
