// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests.Schema;

/// <summary>
/// Makes the JSON Schema of manifests (2020-12) from the form that the reader follows, with the descriptions of <c>docs/manifest.md</c>.
/// </summary>
/// <param name="forYaml">
/// Whether it is for editors of YAML: those see the value behind a tag without the tag, and plain scalars where text is meant as numbers and the like.
/// </param>
internal sealed class ManifestSchema(bool forYaml)
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FieldDescriptions _descriptions = new();

    /// <summary>Returns the text of the schema.</summary>
    internal static string Text(bool forYaml)
    {
        var maker = new ManifestSchema(forYaml);
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"Northstar container manifest ({(forYaml ? "YAML" : "JSON and TOML")})",
        };
        foreach ((string key, JsonNode? value) in maker.Object(ManifestForm.Root, "", "", typed: false))
        {
            schema[key] = value?.DeepClone();
        }

        return schema.ToJsonString(s_format) + "\n";
    }

    private JsonObject Of(Shape shape, string section, string prefix, bool typed) => shape switch
    {
        Shape.Text text => Text(text, typed),
        Shape.Integer integer => new JsonObject
        {
            ["type"] = "integer", ["minimum"] = Number(integer.Valid?.Min ?? integer.Min), ["maximum"] = Number(integer.Valid?.Max ?? integer.Max),
        },
        Shape.Boolean => new JsonObject { ["type"] = "boolean" },
        Shape.Word word => new JsonObject { ["enum"] = Words(word.Words) },
        Shape.List list => List(list, section, prefix, typed),
        Shape.Map map => Map(map, section, prefix, typed),
        Shape.Object o => Object(o, section, prefix, typed),
        Shape.Variant variant => Variant(variant, section, prefix, typed),
        Shape.Either either => AnyOf(either.Shapes.Select(s => Of(s, section, prefix, typed))),
        Shape.Anything anything => new JsonObject
        {
            ["properties"] = new JsonObject { [anything.Member.Name] = Nullable(Object(anything.Member.Shape, section, prefix, typed: true)) },
        },
        _ => throw new NotSupportedException(shape.GetType().Name),
    };

    private JsonObject Text(Shape.Text text, bool typed)
    {
        var schema = new JsonObject { ["type"] = forYaml && !typed ? ScalarTypes(text) : "string" };
        Limit(schema, "minLength", text.MinBytes, 0);
        Limit(schema, "maxLength", text.MaxBytes, int.MaxValue);
        if (text.Pattern is not null)
        {
            schema["pattern"] = text.Pattern;
        }

        return schema;
    }

    /// <summary>Returns what a plain scalar may look like where text is meant: a number if its digits may be the text, and so on.</summary>
    private static JsonArray ScalarTypes(Shape.Text text)
    {
        var types = new JsonArray("string");
        foreach ((string type, string example) in ((string, string)[])[("number", "1"), ("boolean", "true"), ("null", "")])
        {
            if (example.Length >= text.MinBytes && (text.Pattern is null || Regex.IsMatch(example, text.Pattern)))
            {
                types.Add(type);
            }
        }

        return types;
    }

    private JsonObject List(Shape.List list, string section, string prefix, bool typed)
    {
        var schema = new JsonObject { ["type"] = Collection("array"), ["items"] = Of(list.Item, section, prefix, typed) };
        Limit(schema, "maxItems", list.MaxCount, int.MaxValue);
        if (list.IsSet)
        {
            schema["uniqueItems"] = true;
        }

        return schema;
    }

    private JsonObject Map(Shape.Map map, string section, string prefix, bool typed)
    {
        var schema = new JsonObject
        {
            ["type"] = Collection("object"),
            ["propertyNames"] = Of(map.Key, section, prefix, typed: true),
            ["additionalProperties"] = Of(map.Value, section, prefix, typed || section == "mounts"),
        };
        Limit(schema, "maxProperties", map.MaxCount, int.MaxValue);
        return schema;
    }

    private JsonObject Object(Shape.Object form, string section, string prefix, bool typed)
    {
        var properties = new JsonObject();
        foreach (Field field in form.Fields)
        {
            bool isRoot = form == ManifestForm.Root;
            JsonObject value = Of(field.Shape, isRoot ? field.Name : section, isRoot ? "" : $"{prefix}{field.Name}.", typed);
            value = field.IsNullable ? Nullable(value) : value;
            value.Insert(0, "description", _descriptions.Find(isRoot ? "Fields" : section, prefix, field.Name));
            properties[field.Name] = value;
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        string[] required = [.. form.Fields.Where(static f => f.IsRequired).Select(static f => f.Name)];
        if (required.Length > 0)
        {
            schema["required"] = Words(required);
        }

        if (form.IsStrict)
        {
            schema["additionalProperties"] = false;
        }

        return schema;
    }

    private JsonObject Variant(Shape.Variant variant, string section, string prefix, bool typed)
    {
        List<JsonObject> cases = [new JsonObject { ["enum"] = Words(variant.Cases.Where(static c => c.Payload is null).Select(static c => c.Name)) }];
        foreach ((string name, Shape? payload) in variant.Cases)
        {
            if (payload is not null)
            {
                JsonObject value = Of(payload, section, prefix, typed);
                cases.Add(forYaml ? value : new JsonObject
                {
                    ["type"] = "object", ["properties"] = new JsonObject { [name] = value }, ["required"] = Words([name]), ["additionalProperties"] = false,
                });
            }
        }

        return AnyOf(cases.DistinctBy(static c => c.ToJsonString()));
    }

    private JsonNode Collection(string type) => forYaml ? new JsonArray(type, "null") : type;

    private static JsonObject AnyOf(IEnumerable<JsonObject> schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    /// <summary>Allows null beside what a schema allows.</summary>
    private static JsonObject Nullable(JsonObject schema)
    {
        if (schema["enum"] is JsonArray words)
        {
            words.Add(null);
        }
        else if (schema["anyOf"] is JsonArray schemas)
        {
            schemas.Add(new JsonObject { ["type"] = "null" });
        }
        else if (schema["type"] is JsonValue type)
        {
            schema["type"] = new JsonArray(type.DeepClone(), "null");
        }

        return schema;
    }

    private static void Limit(JsonObject schema, string keyword, int value, int none)
    {
        if (value != none)
        {
            schema[keyword] = value;
        }
    }

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(static w => (JsonNode)w)]);

    private static JsonNode Number(Int128 number) => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture))!;
}
