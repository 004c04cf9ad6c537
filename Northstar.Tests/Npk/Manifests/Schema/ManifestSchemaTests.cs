// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Npk.Manifests.Schema;

/// <summary>The schemas for editors are those of the reader. <c>NORTHSTAR_ACCEPT_API=1</c> writes them anew.</summary>
[TestFixture]
public sealed class ManifestSchemaTests
{
    /// <summary>What a schema cannot say, or leaves to the reader: rules between fields, texts that only look right, syntax.</summary>
    private static readonly string[] s_unsaid =
    [
        // A key twice is no matter of the JSON data model; the rest are relations or words within texts.
        "P03", "V05", "V12", "V17", "V22", "D04", "H07", "H09", "L01", "S01", "X02", "X03", "X04", "H08", "P04", "P13",
    ];

    /// <summary>What an editor cannot see: a blank from a null, 1.0 from 1, a value from its tag, a product from its factors, the inside of <c>custom</c>.</summary>
    private static readonly string[] s_unseen =
        ["args-null.yaml", "uid-as-float.toml", "policy-idle-with-parameter.yaml", "network-unknown.yaml", "size-above-64-bits.yaml", "custom-integer-too-large.yaml"];

    private static JsonElement Schema { get; } = JsonSerializer.Deserialize<JsonElement>(ManifestSchema.Text(forYaml: false));

    private static JsonElement YamlSchema { get; } = JsonSerializer.Deserialize<JsonElement>(ManifestSchema.Text(forYaml: true));

    [TestCase(false, "manifest.schema.json")]
    [TestCase(true, "manifest-yaml.schema.json")]
    public void File_InTheDocuments_IsTheSchemaOfTheReader(bool forYaml, string file)
    {
        string path = Path.Combine(HostProbe.Repository, "docs", file);
        string text = ManifestSchema.Text(forYaml);
        if (Environment.GetEnvironmentVariable("NORTHSTAR_ACCEPT_API") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.That(File.ReadAllText(path), Is.EqualTo(text), "the form of manifests changed; see the class for how to accept that");
    }

    [Test]
    public void Rows_OfTheDocument_AreFieldsOfTheReader()
    {
        var descriptions = new FieldDescriptions();
        Visit(ManifestForm.Root, "Fields", "");

        Assert.That(descriptions.Unused, Is.Empty);

        void Visit(Shape shape, string section, string prefix)
        {
            switch (shape)
            {
                case Shape.Object form:
                    foreach (Field field in form.Fields)
                    {
                        descriptions.Find(section, prefix, field.Name);
                        Visit(field.Shape, section == "Fields" ? field.Name : section, section == "Fields" ? "" : $"{prefix}{field.Name}.");
                    }

                    break;
                case Shape.List list:
                    Visit(list.Item, section, prefix);
                    break;
                case Shape.Map map:
                    Visit(map.Value, section, prefix);
                    break;
                case Shape.Either either:
                    Array.ForEach(either.Shapes, s => Visit(s, section, prefix));
                    break;
                case Shape.Variant variant:
                    Array.ForEach(variant.Cases, c => Visit(c.Payload ?? new Shape.Boolean(), section, prefix));
                    break;
                case Shape.Anything anything:
                    Visit(anything.Member.Shape, section, prefix);
                    break;
            }
        }
    }

    [TestCaseSource(typeof(ManifestGoldenTests), nameof(ManifestGoldenTests.Inputs))]
    public void Golden_Manifest_IsValid(string file) =>
        Assert.That(SchemaCheck.IsValid(Schema, JsonSerializer.Deserialize<JsonElement>(ManifestWriterTests.Json(ManifestGoldenTests.Read(file)))));

    [Test]
    public void Golden_ManifestInJson_IsValidAsWritten() =>
        Assert.That(SchemaCheck.IsValid(Schema, JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(ManifestGoldenTests.Folder, "climate-control.json")))));

    [Test]
    public void Random_Manifest_IsValid()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Manifest manifest = new RandomManifest(seed).Next();
            if (ManifestReader.Validate(manifest, forPacking: true).All(static d => d.Severity != ManifestSeverity.Error))
            {
                Assert.That(SchemaCheck.IsValid(Schema, JsonSerializer.Deserialize<JsonElement>(ManifestWriterTests.Json(manifest))), $"seed {seed}");
            }
        }
    }

    private static IEnumerable<TestCaseData> StructuralFixtures() =>
        from line in File.ReadLines(Path.Combine(ManifestFixtureTests.Folder, "expectations.txt"))
        where line.Length > 0 && line[0] != '#'
        let words = line.Split(' ', 6)
        where words[1] == "both"
        group (Severity: words[2], Rule: words[3]) by words[0] into file
        where file.Any(static e => e.Severity == "error") && !file.Any(e => s_unsaid.Contains(e.Rule)) && !s_unseen.Contains(file.Key)
        select new TestCaseData(file.Key).SetArgDisplayNames(file.Key);

    /// <summary>An editor marks what the reader refuses, as far as a schema can say it; the editor's view of YAML has no tags.</summary>
    [TestCaseSource(nameof(StructuralFixtures))]
    public void Fixture_ThatBreaksTheForm_IsInvalid(string file)
    {
        string text = File.ReadAllText(Path.Combine(ManifestFixtureTests.Folder, file));
        bool isYaml = file.EndsWith(".yaml", StringComparison.Ordinal);

        Assert.That(SchemaCheck.IsValid(isYaml ? YamlSchema : Schema, EditorView.Of(text)), Is.False);
    }

    [TestCase("climate-control.yaml")]
    [TestCase("climate-tables.yaml")]
    [TestCase("every-field.yaml")]
    public void Golden_YamlAsAnEditorSeesIt_IsValid(string file) =>
        Assert.That(SchemaCheck.IsValid(YamlSchema, EditorView.Of(File.ReadAllText(Path.Combine(ManifestGoldenTests.Folder, file)))));
}
