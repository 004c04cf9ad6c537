// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Scalars and variants.</summary>
internal sealed partial class ManifestBinder
{
    /// <summary>A variant: its word, and its payload if one is given.</summary>
    private readonly record struct Variant(string Name, Node? Payload);

    /// <summary>Tells whether an optional scalar or object counts as absent: no node, blank, or null.</summary>
    private static bool IsAbsent(Node? node) => node switch
    {
        null => true,
        ScalarNode { Tag: null, Kind: ScalarKind.Null } => true,
        ScalarNode { Tag: null, Kind: ScalarKind.Plain } scalar => YamlScalar.Resolve(scalar.Text) == ScalarKind.Null,
        _ => false,
    };

    /// <summary>Returns what a scalar is; a plain one of YAML is looked at.</summary>
    private static ScalarKind Kind(ScalarNode scalar) => scalar.Kind == ScalarKind.Plain ? YamlScalar.Resolve(scalar.Text) : scalar.Kind;

    /// <summary>Tells whether <see cref="Text(Node, string, string, bool)"/> accepts the node, so that what follows is not reported twice.</summary>
    private static bool IsText(Node node, bool typed = false) =>
        node is ScalarNode { Tag: null } scalar && (scalar.Kind == ScalarKind.Plain && !typed ? ScalarKind.String : Kind(scalar)) == ScalarKind.String;

    /// <summary>Reads the text of a field, null when it is absent.</summary>
    private string? Text(Fields f, string key, bool typed = false) => f[key] is { } node ? Text(node, f.Path(key), f.Form(key).Rule, typed) : null;

    /// <summary>Reads text. A plain scalar of YAML is text whatever it looks like, unless it is <paramref name="typed"/> first.</summary>
    private string Text(Node node, string field, string rule = "P00", bool typed = false)
    {
        if (node is not ScalarNode scalar)
        {
            return Mistyped(node, field, rule, "text", "");
        }

        ScalarKind kind = scalar.Kind == ScalarKind.Plain && typed ? YamlScalar.Resolve(scalar.Text) : scalar.Kind;
        if (scalar.Tag is not null || kind is not (ScalarKind.String or ScalarKind.Plain))
        {
            return Mistyped(new ScalarNode(scalar.Place, kind, scalar.Text, scalar.Tag), field, rule, "text", "; put it in quotes if it is text");
        }

        RefuseNul(scalar, field);
        return scalar.Text;
    }

    private void RefuseNul(ScalarNode scalar, string field)
    {
        if (scalar.Text.Contains('\0', StringComparison.Ordinal))
        {
            _found.Error("P04", scalar.Place, field, "text must not contain a NUL character");
        }
    }

    /// <summary>Reads the integer of a field, null when it is absent and 0 after an error.</summary>
    private T? Number<T>(Fields f, string key)
        where T : struct, System.Numerics.INumberBase<T>
    {
        Field form = f.Form(key);
        return f[key] is { } node ? T.CreateChecked(Integer(node, f.Path(key), form.Rule, (Shape.Integer)form.Shape)) : null;
    }

    /// <summary>Reads an integer; 0 after an error.</summary>
    private Int128 Integer(Node node, string field, string rule, Shape.Integer range)
    {
        var scalar = node as ScalarNode;
        ScalarKind kind = scalar is null ? ScalarKind.String : Kind(scalar);
        if (scalar is null || scalar.Tag is not null || kind != ScalarKind.Integer)
        {
            string hint = scalar is { Kind: ScalarKind.Plain } && YamlScalar.HasLeadingZero(scalar.Text)
                ? $"; an octal number is written 0o{scalar.Text.TrimStart('+', '-', '0')}"
                : scalar is { Kind: ScalarKind.String } ? "; a number has no quotes" : "";
            Mistyped(scalar is null ? node : new ScalarNode(scalar.Place, kind, scalar.Text, scalar.Tag), field, rule, "an integer", hint);
            return 0;
        }

        if (!YamlScalar.TryInteger(scalar.Text, out Int128 number) || number < range.Min || number > range.Max)
        {
            (Int128 min, Int128 max) = range.Valid ?? (range.Min, range.Max);
            _found.Error(rule, node.Place, field, $"{scalar.Text} is not within {min} and {max}");
            return 0;
        }

        return number;
    }

    private bool? Boolean(Fields f, string key)
    {
        if (f[key] is not { } node)
        {
            return null;
        }

        bool isBoolean = node is ScalarNode { Tag: null } scalar && Kind(scalar) == ScalarKind.Boolean;
        if (!isBoolean)
        {
            Mistyped(node, f.Path(key), f.Form(key).Rule, "true or false", "");
        }

        return isBoolean && ((ScalarNode)node).Text[0] is 't' or 'T';
    }

    /// <summary>Reads a variant: a word, a tag of YAML with its payload, or an object of JSON or TOML with one member.</summary>
    private Variant? ReadVariant(Node node, string field, string rule)
    {
        switch (node)
        {
            case { Tag: { } tag }:
                return new Variant(tag, Untagged(node));
            case ScalarNode { Kind: ScalarKind.Plain or ScalarKind.String } word:
                RefuseNul(word, field);
                return new Variant(word.Text, null);
            case MappingNode when _syntax == ManifestSyntax.Yaml:
                _found.Error(rule, node.Place, field, "a variant with a value is written with a tag in YAML, such as '!name value'");
                return null;
            case MappingNode { Entries: [var only] }:
                return new Variant(only.Key.Text, only.Value);
            default:
                Mistyped(node, field, rule, "a word or an object with one member", "");
                return null;
        }
    }

    private static Node Untagged(Node node) => node switch
    {
        ScalarNode scalar => new ScalarNode(scalar.Place, scalar.Kind, scalar.Text),
        SequenceNode list => new SequenceNode(list.Place, list.Items),
        _ => new MappingNode(node.Place, ((MappingNode)node).Entries),
    };

    /// <summary>Reads the word of a field, the first one when it is absent.</summary>
    private T Word<T>(Fields f, string key, Words<T> words)
        where T : struct, Enum => f[key] is { } node ? Word(node, f.Path(key), f.Form(key).Rule, words) : default;

    /// <summary>Reads a variant without payload.</summary>
    private T Word<T>(Node node, string field, string rule, Words<T> words)
        where T : struct, Enum
    {
        T value = default;
        if (ReadVariant(node, field, rule) is { } variant)
        {
            if (!words.TryParse(variant.Name, out value))
            {
                _found.Error(rule, node.Place, field, $"'{variant.Name}' is not known; known are {words}");
            }

            RefusePayload(variant, node, field, rule);
        }

        return value;
    }

    private void RefusePayload(Variant variant, Node node, string field, string rule)
    {
        if (!IsAbsent(variant.Payload))
        {
            _found.Error(rule, node.Place, field, $"'{variant.Name}' takes no value");
        }
    }

    private string Mistyped(Node node, string field, string rule, string expected, string hint)
    {
        if (node.Tag is { } tag)
        {
            _found.Error("H07", node.Place, field, $"the tag '!{tag}' does not belong here");
        }
        else
        {
            _found.Error(rule, node.Place, field, $"{expected} is needed and not {node.KindName}{hint}");
        }

        return "";
    }
}
