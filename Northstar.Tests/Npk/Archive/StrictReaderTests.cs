// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>Archives that some zip program would read, and that are no packages.</summary>
[TestFixture]
internal sealed class StrictReaderTests
{
    private static readonly byte[] s_image = TestPackage.Image(2);

    [Test]
    public void Open_PackageOfOlderPacker_IsAccepted()
    {
        using NpkPackage package = TestPackage.Open(HostileArchives.Good);
        Assert.Multiple(() =>
        {
            Assert.That(package.FormatVersion, Is.EqualTo(new PackageVersion(0, 9, 0)));
            Assert.That(package.Image, Is.EqualTo(new ImageExtent(4096, s_image.Length)));
            Assert.That(package.EntryNames, Is.EqualTo(new[] { "manifest.yaml", "fs.img" }));
        });
    }

    [TestCaseSource(nameof(Hostile))]
    public void H01_Open_HostileArchive_IsRefusedByItsRule(byte[] archive, NpkRule rule)
    {
        NpkException refused = Assert.Throws<NpkException>(() => TestPackage.Open(archive))!;
        Assert.That((refused.Rule, refused.Code), Is.EqualTo((rule.Id, rule.Code)), refused.Message);
        Assert.That(refused.Message, Does.Contain(rule == NpkRules.ZipEmpty ? "test.npk" : $"({rule.Id})"));
    }

    [Test]
    public void H01_Corpus_HasAtLeastFortyDifferentArchives()
    {
        HostileArchives.Case[] all = [.. HostileArchives.All];
        Assert.Multiple(() =>
        {
            Assert.That(all.Length, Is.GreaterThanOrEqualTo(40));
            Assert.That(all.Select(static c => c.Name), Is.Unique);
            Assert.That(all.Select(static c => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(c.Archive))), Is.Unique);
        });
    }

    [Test]
    public void Open_RefusedArchive_ClosesTheDescriptor()
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.npk", [1, 2, 3]);
        Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
        Assert.That(() => NpkPackage.Open(handle, "bad"), Throws.TypeOf<NpkException>());
        Assert.That(handle.IsClosed, Is.True);
    }

    [Test]
    public void Open_MissingFileOrDirectory_IsAnOpenError()
    {
        using TestFolder folder = new();
        Assert.That(
            () => NpkPackage.Open(folder["none.npk"]),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Open).And.Message.Contains("none.npk"));
        Assert.That(() => NpkPackage.Open(folder.Path), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Open));
    }

    [Test]
    public void Open_PipeOrDevice_IsRefusedWithoutBlocking()
    {
        using TestFolder folder = new();
        Tool.Run("mkfifo", folder["pipe"]);
        File.CreateSymbolicLink(folder["zero"], "/dev/zero");
        Assert.That(() => NpkPackage.Open(folder["pipe"]), Throws.TypeOf<NpkException>().With.Message.Contains("no regular file"));
        Assert.That(() => NpkPackage.Open(folder["zero"]), Throws.TypeOf<NpkException>().With.Message.Contains("no regular file"));
        Assert.That(
            () => NpkPackage.Open(File.OpenHandle("/dev/zero"), "zero"), Throws.TypeOf<NpkException>().With.Property("Code").AnyOf(NpkErrorCode.Open, NpkErrorCode.Zip));
    }

    [Test]
    public void Open_InvalidManifest_IsRefusedUnlessOnlyStructureIsAsked()
    {
        byte[] archive = new RawZip().Add("manifest.yaml", "name: [1"u8.ToArray()).AddImage(s_image).ToArray();
        Assert.That(
            () => TestPackage.Open(archive),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Manifest).And.Message.Contains("test.npk"));
        using NpkPackage package = TestPackage.Open(archive, new NpkReaderOptions { StructureOnly = true });
        Assert.That(() => package.Manifest, Throws.TypeOf<NpkException>());
    }

    [TestCase("version: 0.9.0\n", "0.9.0")]
    [TestCase("version: 0.10.0\n", "0.10.0")]
    [TestCase("version: 2.3.4\n", "2.3.4")]
    [TestCase("version: \"0.9.2\"", "0.9.2")]
    [TestCase("version: 0.9.3-pre\n", "0.9.3")]
    [TestCase("other: 1\nversion: 0.9.1\n", "0.9.1")]
    public void Open_NewerOrQuotedVersion_IsAccepted(string comment, string version)
    {
        using NpkPackage package = TestPackage.Open(WithComment(comment));
        Assert.That(package.FormatVersion, Is.EqualTo(PackageVersion.Parse(version)));
    }

    private static IEnumerable<TestCaseData> Hostile() =>
        HostileArchives.All.Select(static c => new TestCaseData(c.Archive, c.Rule).SetArgDisplayNames(c.Name));

    private static byte[] WithComment(string comment) => new RawZip { Comment = System.Text.Encoding.UTF8.GetBytes(comment) }
        .Add("manifest.yaml", TestPackage.Manifest).AddImage(s_image).ToArray();
}
