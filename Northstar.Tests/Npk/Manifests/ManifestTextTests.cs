// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Names and texts of manifests, as JSON carries them.</summary>
[TestFixture]
public sealed class ManifestTextTests
{
    private static string Json(string name, string argument) =>
        $$"""{"name": {{name}}, "version": "0.0.0", "init": "/b", "uid": 1, "gid": 1, "args": [{{argument}}]}""";

    private static Manifest Read(string json) => ManifestJson.Read(Encoding.UTF8.GetBytes(json));

    private static JsonElement Written(Manifest manifest)
    {
        using JsonDocument document = JsonDocument.Parse(ManifestWriterTests.Json(manifest));
        return document.RootElement.Clone();
    }

    [Test]
    public void U005_Write_Name_IsThePlainText() => Assert.That(Written(Read(Json("\"a\"", "\"x\""))).GetProperty("name").GetRawText(), Is.EqualTo("\"a\""));

    [Test]
    public void U006_Read_Name_TakesTextWithoutNul()
    {
        Assert.That(Read(Json("\"a\"", "\"x\"")).Name, Is.EqualTo(ContainerName.Parse("a")));
        Assert.That(() => Read(Json("\"a\\u0000\"", "\"x\"")), Throws.TypeOf<ManifestException>());
        Assert.That(() => Read(Json("\"test/../test\"", "\"x\"")), Throws.TypeOf<ManifestException>());
    }

    [TestCase("text")]
    [TestCase("grün")]
    [TestCase("a 🚀 b")]
    [TestCase("")]
    public void U008_U010_Text_OfAnyCharacter_IsReadAndWrittenAsItIs(string text)
    {
        Manifest manifest = Read(Json("\"a\"", JsonSerializer.Serialize(text)));

        Assert.That(manifest.Args, Is.EqualTo(new[] { text }));
        Assert.That(Written(manifest).GetProperty("args")[0].GetString(), Is.EqualTo(text));
        Assert.That(ManifestText.Parse(ManifestText.Yaml(manifest)).Args, Is.EqualTo(new[] { text }));
    }

    [TestCase("\\u0000a")]
    [TestCase("a\\u0000b")]
    [TestCase("a\\u0000")]
    [TestCase("\\u0000")]
    public void U009_U011_Text_WithNul_IsRefused(string text) =>
        Assert.That(() => Read(Json("\"a\"", $"\"{text}\"")), Throws.TypeOf<ManifestException>().With.Message.Contains("P04"));

    [TestCase("{\"name\": \"long text\0and more of it\"}")]
    [TestCase("name: long text\0and more of it")]
    [TestCase("name = \"long text\0and more of it\"")]
    public void U012_Text_WithRawNul_IsRefused(string text)
    {
        Assert.That(ManifestText.Errors(text), Has.Length.EqualTo(1).And.All.AnyOf("P04", "S01"));
        Assert.That(() => Read(text), Throws.TypeOf<ManifestException>());
    }

    [TestCase("args: [x]")]
    [TestCase("env: {A: b}")]
    [TestCase("autostart: critical")]
    [TestCase("cgroups: {}")]
    [TestCase("seccomp: {profile: default}")]
    [TestCase("capabilities: [CAP_KILL]")]
    [TestCase("suppl_groups: [g]")]
    [TestCase("io: {stdout: pipe, stderr: pipe}")]
    public void U044_Read_ResourceWithAFieldOfPrograms_IsRefused(string yaml)
    {
        const string resource = "name: test\nversion: 0.0.0\nuid: 1\ngid: 1\n";

        Assert.That(ManifestText.Errors(resource), Is.Empty);
        Assert.That(ManifestText.Errors(resource + yaml), Is.EqualTo(["V22"]));
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml), Is.Empty);
    }

    [Test]
    public void U062_Read_SelinuxContext_IsAccepted() =>
        Assert.That(ManifestText.With("selinux: {exec: 'system_u:object_r:container_file_t:s0'}").Selinux!.Exec, Is.EqualTo("system_u:object_r:container_file_t:s0"));

    [Test]
    public void U063_Read_SelinuxContextWithAt_IsRefused() =>
        Assert.That(ManifestText.Errors(ManifestText.Base + "selinux: {exec: 'system_u:object_r:container@file_t:s0'}"), Is.EqualTo(["V19"]));

    [TestCase("0o777", 0x1FFu)]
    [TestCase("0", 0u)]
    public void U067_Read_StreamSocket_HasModeAndOwner(string mode, uint expected) =>
        Assert.That(
            ManifestText.With($"sockets: {{s: {{type: stream, mode: {mode}, uid: 1000, gid: 100}}}}").Sockets["s"],
            Is.EqualTo(new ContainerSocket(SocketKind.Stream, expected, 1000, 100, null)));

    [Test]
    public void U041_Read_OrdinaryVariables_AreAccepted() =>
        Assert.That(ManifestText.With("env: {PATH: /bin, LD_LIBRARY_PATH: /lib, NORTHSTAR_SOCKET_x: 1, NORTHSTARS: y}").Env, Has.Count.EqualTo(4));

    [TestCase("{soft: 2, hard: 1}", true)]
    [TestCase("{hard: 1}", true)]
    [TestCase("{soft: 1, hard: 1}", false)]
    [TestCase("{soft: 1}", false)]
    public void H56_Read_SoftLimitAboveTheHardOne_IsAcceptedWithAWarning(string limit, bool isWarned)
    {
        ManifestReadResult result = ManifestText.Read(ManifestText.Base + $"rlimits: {{nofile: {limit}, core: {{soft: 0, hard: 0}}}}\n");
        Assert.That(result.Manifest, Is.Not.Null);
        Assert.That(result.Diagnostics.Select(static d => (d.Rule, d.Field)), Is.EqualTo(isWarned ? [("V23", "rlimits[\"nofile\"]")] : Array.Empty<(string, string)>()));
    }

    [Test]
    public void H74_Read_VariableOfADeclaredSocket_IsAcceptedWithAWarning()
    {
        const string yaml = "env: {NORTHSTAR_SOCKET_x: 1, NORTHSTAR_SOCKET_y: 2}\nsockets: {x: {type: stream, mode: 0}}\n";
        ManifestReadResult result = ManifestText.Read(ManifestText.Base + yaml);

        Assert.That(result.Manifest, Is.Not.Null);
        Assert.That(result.Diagnostics.Select(static d => (d.Rule, d.Field)), Is.EqualTo(new[] { ("H74", "env[\"NORTHSTAR_SOCKET_x\"]") }));
    }

    [TestCase("/../../../../../etc")]
    [TestCase("/a/../../x")]
    [TestCase("/..")]
    public void C06_Read_ResourceDirectoryOutsideOfTheImage_IsRefusedAtPackAndAtLoad(string directory)
    {
        string yaml = $"{ManifestText.Base}mounts: {{/x: {{type: resource, name: a, version: '*', dir: {directory}}}}}";

        Assert.That(ManifestText.Errors(yaml), Is.EqualTo(["H09"]));
        Assert.That(ManifestText.Errors(yaml, forPacking: true), Is.EqualTo(["H09"]));
    }
}
