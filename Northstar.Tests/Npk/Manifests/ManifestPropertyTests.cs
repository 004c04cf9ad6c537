// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestPropertyTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Test]
    public void Render_ThenParse_GivesTheSameRendering() => Check(manifest =>
    {
        string yaml = ManifestText.Yaml(manifest);
        return ManifestText.Yaml(ManifestText.Parse(yaml)) == yaml && ManifestText.Yaml(manifest) == yaml;
    });

    /// <summary>A text has one meaning: read as another syntax than the chosen one it is no manifest, or the same one.</summary>
    [Test]
    public void H07_Text_InTwoSyntaxes_HasOneMeaning() => Check(manifest =>
    {
        string yaml = ManifestText.Yaml(manifest);
        string json = ManifestWriterTests.Json(manifest);
        string toml = Toml(json);
        return ReadAs(ManifestSyntax.Yaml, yaml) == yaml && ReadAs(ManifestSyntax.Json, yaml) is null && ReadAs(ManifestSyntax.Toml, yaml) is null
            && ReadAs(ManifestSyntax.Json, json) == yaml && (ReadAs(ManifestSyntax.Yaml, json) ?? yaml) == yaml && ReadAs(ManifestSyntax.Toml, json) is null
            && ReadAs(ManifestSyntax.Toml, toml) == yaml && ReadAs(ManifestSyntax.Yaml, toml) is null && ReadAs(ManifestSyntax.Json, toml) is null;
    });

    /// <summary>Every value that the model can have and the format can say is valid and stays what it is, in each syntax and for packing.</summary>
    [Test]
    public void Validate_ManifestAsRead_FindsTheSame() => Check(manifest =>
    {
        ManifestReadResult read = ManifestText.Read(ManifestText.Yaml(manifest), forPacking: true);
        IEnumerable<string> validated = ManifestReader.Validate(manifest, forPacking: true).Select(static d => d.Rule + d.Field);
        return read.Diagnostics.Select(static d => d.Rule + d.Field).Order().SequenceEqual(validated.Order());
    });

    [Test]
    public void U038_U039_U040_YamlJsonAndToml_GiveTheSameManifest() => Check(manifest =>
    {
        string yaml = ManifestText.Yaml(manifest);
        string json = ManifestWriterTests.Json(manifest);
        string toml = Toml(json);
        return ManifestText.Yaml(ManifestText.Parse(json)) == yaml
            && ManifestText.Yaml(ManifestJson.Read(Encoding.UTF8.GetBytes(json))) == yaml
            && ManifestText.Read(toml).Syntax == ManifestSyntax.Toml
            && ManifestText.Yaml(ManifestText.Parse(toml)) == yaml;
    });

    /// <summary>Whatever the bytes are, reading ends with diagnostics and nothing else.</summary>
    [Test]
    public void Read_DamagedManifest_NeverThrows() => Check(seed =>
    {
        var random = new Random(seed);
        Manifest manifest = new RandomManifest(seed).Next();
        string text = random.Next(3) switch
        {
            0 => ManifestText.Yaml(manifest),
            1 => ManifestWriterTests.Json(manifest),
            _ => Toml(ManifestWriterTests.Json(manifest)),
        };
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        const string spice = "\n\n  \t-:?[]{}&*!|>'\"%@`#,=\\.0x1eEuU~<\0\r\x7f\xff";
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            int at = random.Next(bytes.Length);
            bytes = random.Next(3) switch
            {
                0 => [.. bytes[..at], (byte)spice[random.Next(spice.Length)], .. bytes[at..]],
                1 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 20))..], (byte)'\n'],
                _ => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
            };
        }

        ManifestReadResult result = ManifestReader.Read(bytes, new ManifestReadOptions { ForPacking = random.Next(2) == 0 });
        return result.Manifest is not null || result.Diagnostics.Any(d => d.Severity == ManifestSeverity.Error);
    });

    /// <summary>Reads a text as the given syntax whatever it looks like; returns its rendering, or null when it is no manifest.</summary>
    private static string? ReadAs(ManifestSyntax syntax, string text)
    {
        var found = new DiagnosticList();
        try
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            Node root = syntax switch
            {
                ManifestSyntax.Json => JsonFrontEnd.Read(utf8, NodeLimits.File),
                ManifestSyntax.Toml => TomlFrontEnd.Read(utf8, NodeLimits.File),
                _ => YamlFrontEnd.Read(text, NodeLimits.File),
            };
            Manifest manifest = ManifestBinder.Bind(root, syntax, new ManifestReadOptions(), found);
            return found.HasErrors ? null : ManifestText.Yaml(manifest);
        }
        catch (ManifestSyntaxException)
        {
            return null;
        }
    }

    private static void Check(Func<Manifest, bool> property) => Check((int seed) => property(new RandomManifest(seed).Next()));

    private static void Check(Func<int, bool> property) => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), property).Check(s_config);

    /// <summary>Writes JSON as TOML; null members are left out, since TOML has no null.</summary>
    private static string Toml(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return string.Concat(document.RootElement.EnumerateObject().Select(p => $"{Quote(p.Name)} = {TomlValue(p.Value)}\n"));
    }

    private static string TomlValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(
            ", ", value.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => $"{Quote(p.Name)} = {TomlValue(p.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Select(TomlValue)) + "]",
        JsonValueKind.String => Quote(value.GetString()!),
        _ => value.GetRawText(),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            quoted.Append(c is '"' or '\\' or < ' ' or '\x7f' ? $"\\u{(int)c:X4}" : c);
        }

        return quoted.Append('"').ToString();
    }
}
