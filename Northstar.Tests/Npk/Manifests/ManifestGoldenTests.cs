// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json.Nodes;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Manifests as people write them, and their normal forms. <c>NORTHSTAR_ACCEPT_API=1</c> writes those anew.</summary>
[TestFixture]
public sealed class ManifestGoldenTests
{
    private static readonly ManifestReadOptions s_ids = new() { DefaultUid = 1000, DefaultGid = 1001 };

    internal static string Folder => Path.Combine(HostProbe.Repository, "Northstar.Tests/Fixtures/golden/manifests");

    internal static IEnumerable<string> Inputs() =>
        Directory.EnumerateFiles(Folder).Select(static f => Path.GetFileName(f)!).Where(static f => !f.Contains(".rendered.", StringComparison.Ordinal)).Order();

    internal static Manifest Read(string file)
    {
        ManifestReadResult result = ManifestReader.Read(File.ReadAllBytes(Path.Combine(Folder, file)), s_ids);
        return result.Manifest ?? throw new ManifestException(result.Diagnostics);
    }

    [TestCaseSource(nameof(Inputs))]
    public void Render_Golden_HasItsNormalForm(string file)
    {
        Manifest manifest = Read(file);
        string yaml = ManifestText.Yaml(manifest);
        string json = Indented(ManifestWriterTests.Json(manifest));
        if (Environment.GetEnvironmentVariable("NORTHSTAR_ACCEPT_API") == "1")
        {
            File.WriteAllText(Path.Combine(Folder, $"{file}.rendered.yaml"), yaml);
            File.WriteAllText(Path.Combine(Folder, $"{file}.rendered.json"), json);
        }

        Assert.That(yaml, Is.EqualTo(File.ReadAllText(Path.Combine(Folder, $"{file}.rendered.yaml"))));
        Assert.That(json, Is.EqualTo(File.ReadAllText(Path.Combine(Folder, $"{file}.rendered.json"))));
        Assert.That(ManifestText.Yaml(ManifestText.Parse(yaml)), Is.EqualTo(yaml));
        Assert.That(ManifestText.Yaml(ManifestReader.Parse(Encoding.UTF8.GetBytes(json))), Is.EqualTo(yaml));
    }

    [Test]
    public void U038_U039_U040_Example_IsTheSameInThreeSyntaxes() =>
        Assert.That(
            Inputs().Where(static f => f.StartsWith("climate-control", StringComparison.Ordinal)).Select(static f => ManifestText.Yaml(Read(f))).ToArray(),
            Has.Length.EqualTo(3).And.All.EqualTo(ManifestText.Yaml(Read("climate-control.yaml"))));

    [Test]
    public void EveryField_HasEveryFieldOfTheForm()
    {
        var given = new HashSet<string>();
        Collect(JsonNode.Parse(ManifestWriterTests.Json(Read("every-field.yaml")))!, given);

        var fields = new HashSet<string>();
        Collect(ManifestForm.Root, fields);
        Assert.That(given, Is.SupersetOf(fields));
    }

    [Test]
    public void U043_ManifestOf2020_IsConvertedWithWarnings()
    {
        ManifestReadResult result = ManifestReader.Read(File.ReadAllBytes(Path.Combine(Folder, "2020-greeter.yaml")), s_ids);

        Assert.That(result.Diagnostics.Select(static d => (d.Severity, d.Rule, d.Field)), Is.EqualTo(new[]
        {
            (ManifestSeverity.Warning, "L01", "arch"), (ManifestSeverity.Warning, "L01", "env[\"LANG\"]"), (ManifestSeverity.Warning, "L01", "resources"),
            (ManifestSeverity.Warning, "L01", "on_exit"), (ManifestSeverity.Warning, "L01", "instances"), (ManifestSeverity.Warning, "L01", "log"),
        }));
    }

    private static void Collect(JsonNode node, HashSet<string> keys)
    {
        if (node is JsonObject map)
        {
            keys.UnionWith(map.Select(static e => e.Key));
        }

        IEnumerable<JsonNode?> children = node is JsonObject o ? o.Select(static e => e.Value) : node is JsonArray a ? a : [];
        foreach (JsonNode? child in children)
        {
            if (child is not null)
            {
                Collect(child, keys);
            }
        }
    }

    private static void Collect(Shape shape, HashSet<string> names)
    {
        IEnumerable<Shape?> children = shape switch
        {
            Shape.Object o => o.Fields.Select(static f => f.Shape),
            Shape.List list => [list.Item],
            Shape.Map map => [map.Value],
            Shape.Variant variant => variant.Cases.Select(static c => c.Payload),
            Shape.Either either => either.Shapes,
            Shape.Anything anything => [anything.Member.Shape],
            _ => [],
        };
        names.UnionWith(shape is Shape.Object named ? named.Fields.Select(static f => f.Name) : []);
        foreach (Shape? child in children)
        {
            if (child is not null)
            {
                Collect(child, names);
            }
        }
    }

    private static string Indented(string json) => JsonNode.Parse(json)!.ToJsonString(new System.Text.Json.JsonSerializerOptions
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }) + "\n";
}
