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
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(500);

    [Test]
    public void Render_ThenParse_GivesTheSameRendering() => Check(manifest =>
    {
        string yaml = ManifestText.Yaml(manifest);
        return ManifestText.Yaml(ManifestText.Parse(yaml)) == yaml;
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
