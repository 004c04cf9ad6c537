// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>The typed model of <c>custom.northstar</c>.</summary>
[TestFixture]
public sealed class ManifestExtensionTests
{
    private const DeviceAccess ReadWrite = DeviceAccess.Read | DeviceAccess.Write;

    private static Manifest Custom(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ManifestText.With("") with { Custom = document.RootElement.Clone() };
    }

    [TestCase("")]
    [TestCase("custom: text")]
    [TestCase("custom: {other: {pids: 1}}")]
    [TestCase("custom: {northstar: }")]
    [TestCase("custom: {northstar: {pids: ~, required: , devices: ~}}")]
    public void Extensions_NotGiven_AreNone(string yaml)
    {
        Manifest manifest = ManifestText.With(yaml);

        Assert.That((manifest.Extensions.Pids, manifest.Extensions.RequiredMounts.Count, manifest.Extensions.Devices.Count), Is.EqualTo(((uint?)null, 0, 0)));
        Assert.That(ManifestReader.Validate(manifest, forPacking: true), Is.Empty);
    }

    [Test]
    public void Extensions_Given_AreTyped()
    {
        ManifestExtensions extensions = ManifestGoldenTests.Read("every-field.yaml").Extensions;

        Assert.That(extensions.MinimumVersion, Is.EqualTo(new PackageVersion(0, 0, 1)));
        Assert.That(extensions.Pids, Is.EqualTo(64));
        Assert.That(extensions.RequiredMounts, Is.EqualTo(new[] { "/lib" }));
        Assert.That(extensions.OptionalMounts, Is.EqualTo(new[] { "/opt" }));
        Assert.That(extensions.Devices, Is.EqualTo(new DeviceRule[]
        {
            new DeviceRule.Node("/dev/tpm0") { Access = ReadWrite },
            new DeviceRule.Node("/dev/ttyS0") { Access = ReadWrite | DeviceAccess.MakeNode },
            new DeviceRule.Numbers(DeviceKind.Char, 10, 224) { Access = DeviceAccess.Read },
            new DeviceRule.Numbers(DeviceKind.Block, 8, null),
        }));
    }

    [TestCase("""{"northstar": 1}""", "X01 custom.northstar")]
    [TestCase("""{"northstar": {"pids": -1}}""", "X01 custom.northstar.pids")]
    [TestCase("""{"northstar": {"pids": 4194305}}""", "X01 custom.northstar.pids")]
    [TestCase("""{"northstar": {"required": ["/x"]}}""", "X02 custom.northstar.required[0]")]
    [TestCase("""{"northstar": {"optional": ["/x"]}}""", "X02 custom.northstar.optional[0]")]
    [TestCase("""{"northstar": {"devices": [{"path": "/dev"}]}}""", "X03 custom.northstar.devices[0].path")]
    [TestCase("""{"northstar": {"devices": [{"path": "/dev/a", "access": ""}]}}""", "X01 custom.northstar.devices[0].access")]
    [TestCase("""{"northstar": {"devices": [{"path": "/dev/a", "access": "rr"}]}}""", "X01 custom.northstar.devices[0].access")]
    [TestCase("""{"northstar": {"minimum_version": "9.9.9"}}""", "X04 custom.northstar.minimum_version")]
    [TestCase("""{"northstar": {"minimum_version": 1}}""", "X01 custom.northstar.minimum_version")]
    [TestCase("""{"northstar": {"later": 1}}""", "P02 custom.northstar.later")]
    public void Validate_MadeInCode_FindsWhatIsWrongWithoutAPlace(string json, string finding)
    {
        Manifest manifest = Custom(json);

        Assert.That(ManifestReader.Validate(manifest).Select(static d => $"{d.Rule} {d.Field}"), Is.EqualTo(new[] { finding }));
        Assert.That(ManifestReader.Validate(manifest).Select(static d => d.Line), Is.EqualTo(new[] { 0 }));
    }

    [TestCase("""{"northstar": {"pids": "64"}}""")]
    [TestCase("""{"northstar": {"pids": 5, "devices": [{"path": 1}]}}""")]
    [TestCase("""{"northstar": {"devices": [{"type": "char", "major": 1, "minor": "0"}]}}""")]
    public void Extensions_Malformed_AreNone(string json) => Assert.That(Custom(json).Extensions, Is.SameAs(ManifestExtensions.None));

    [Test]
    public void Extensions_TooDeepToRead_AreNone()
    {
        string deep = new string('[', 200) + new string(']', 200);
        using JsonDocument document = JsonDocument.Parse($$$"""{"northstar": {"devices": {{{deep}}}}}""", new JsonDocumentOptions { MaxDepth = 300 });
        Manifest manifest = ManifestText.With("") with { Custom = document.RootElement.Clone() };

        Assert.That(manifest.Extensions.Devices, Is.Empty);
        Assert.That(ManifestReader.Validate(manifest).Select(static d => d.Rule), Is.EqualTo(new[] { "X01" }));
    }
}
