// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text.Json;

namespace Northstar.Npk;

/// <summary>The JSON form of manifests, as messages of the console carry it.</summary>
public static class ManifestJson
{
    /// <summary>Writes a manifest as one JSON object in the order of the YAML form.</summary>
    public static void Write(Utf8JsonWriter writer, Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(manifest);
        ManifestRenderer.Render(manifest, new JsonSink(writer));
    }

    /// <summary>Reads a manifest out of a message. Its form is checked; what a valid manifest must meet beyond that is not.</summary>
    /// <exception cref="ManifestException">The text is no JSON, or a member is unknown, missing, given twice or of the wrong type.</exception>
    public static Manifest Read(ReadOnlySpan<byte> utf8)
    {
        var found = new DiagnosticList();
        Manifest? manifest = null;
        try
        {
            manifest = ManifestBinder.Bind(JsonFrontEnd.Read(utf8, NodeLimits.Message), ManifestSyntax.Json, new ManifestReadOptions(), found);
        }
        catch (ManifestSyntaxException e)
        {
            found.Error(e.Rule, e.Place, "", e.Message);
        }

        return manifest is not null && !found.HasErrors ? manifest : throw new ManifestException(found.ToList());
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{byte})"/>
    public static Manifest Read(JsonElement element) => Read(JsonMarshal.GetRawUtf8Value(element));
}

/// <summary>Writes JSON: a variant with a payload is an object with one member.</summary>
internal sealed class JsonSink(Utf8JsonWriter writer) : IManifestSink
{
    public void BeginObject() => writer.WriteStartObject();

    public void EndObject() => writer.WriteEndObject();

    public void BeginList() => writer.WriteStartArray();

    public void EndList() => writer.WriteEndArray();

    public void BeginVariant(string name)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(name);
    }

    public void EndVariant() => writer.WriteEndObject();

    public void Key(string name) => writer.WritePropertyName(name);

    public void Text(string text) => writer.WriteStringValue(text);

    public void Number(string text) => writer.WriteRawValue(text);

    public void Boolean(bool value) => writer.WriteBooleanValue(value);

    public void Null() => writer.WriteNullValue();
}
