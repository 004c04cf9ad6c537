// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Images that try to write outside of the directory they are unpacked to (CVE-2021-40153, CVE-2021-41072).</summary>
[TestFixture, NonParallelizable]
internal sealed class HostileImageTests
{
    private PackFixture _fixture = null!;
    private string _outside = "";
    private string _temporary = "";
    private string? _savedVariable;

    [SetUp]
    public void SetUp()
    {
        Tool.Require("mksquashfs");
        Tool.Require("unsquashfs");
        _fixture = new PackFixture();
        _outside = Directory.CreateDirectory(_fixture.Folder["outside"]).FullName;
        _temporary = Directory.CreateDirectory(_fixture.Folder["tmp"]).FullName;
        _savedVariable = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", _temporary);
    }

    [TearDown]
    public void TearDown()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _savedVariable);
        _fixture.Dispose();
    }

    [TestCase("dd", "..")]
    [TestCase("dd", "./")]
    [TestCase("ab", "aa")]
    public void H96_Unpack_NameChangedInTheImage_IsRefusedAndLeavesNothing(string name, string hostile)
    {
        // A directory becomes '..' or gets the name of a link that leads outside and stands in front of it.
        string path = Pack(name, hostile);
        string target = _fixture.Folder["target"];
        Assert.That(
            () => NpkUnpacker.Unpack(path, target), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Tool));
        Assert.Multiple(() =>
        {
            Assert.That(target, Does.Not.Exist);
            Assert.That(Directory.GetFileSystemEntries(_outside), Is.Empty);
            Assert.That(Directory.GetFileSystemEntries(_temporary), Is.Empty);
            Assert.That(_fixture.Folder["evil"], Does.Not.Exist);
        });
    }

    [Test]
    public void H96_Unpack_IntoExistingDirectory_KeepsWhatWasThereWhenItFails()
    {
        string target = Directory.CreateDirectory(_fixture.Folder["target"]).FullName;
        File.WriteAllText(Path.Combine(target, "manifest.yaml"), "mine");
        Assert.That(() => NpkUnpacker.Unpack(Pack("dd", ".."), target), Throws.TypeOf<NpkException>());
        Assert.That(Directory.GetFileSystemEntries(target).Select(Path.GetFileName), Is.EqualTo(new[] { "manifest.yaml" }));
        Assert.That(File.ReadAllText(Path.Combine(target, "manifest.yaml")), Is.EqualTo("mine"));
    }

    [Test]
    public void H96_Unpack_LinkThatLeadsOutside_IsMadeAndNotFollowed()
    {
        string path = Pack("dd", "dd");
        NpkUnpacker.Unpack(path, _fixture.Folder["target"]);
        Assert.That(new FileInfo(_fixture.Folder["target/root/aa"]).LinkTarget, Is.EqualTo(_outside));
        Assert.That(Directory.GetFileSystemEntries(_outside), Is.Empty);
    }

    [Test]
    public void H96_Unpack_OtherEntriesInTheArchive_AreNotExtracted()
    {
        byte[] archive = new RawZip()
            .Add("manifest.yaml", TestPackage.Manifest).Add("../evil", [1]).AddImage(TestPackage.Image(1)).ToArray();
        string path = _fixture.Folder.Write("evil.npk", archive);
        Assert.That(() => NpkUnpacker.Unpack(path, _fixture.Folder["target/deep"]), Throws.TypeOf<NpkException>());
        Assert.That(_fixture.Folder["target"], Does.Not.Exist);
    }

    private string Pack(string name, string replacement)
    {
        string root = Directory.CreateDirectory(_fixture.Folder["hostile"]).FullName;
        File.CreateSymbolicLink(Path.Combine(root, "aa"), _outside);
        foreach (string directory in new[] { "ab", "dd" })
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(root, directory)).FullName, "evil"), "evil");
        }

        string image = _fixture.Folder["hostile.img"];
        (int code, string output) = Tool.Run("mksquashfs", root, image, "-noappend", "-quiet", "-no-progress", "-noI", "-noD", "-noF", "-noX");
        Assert.That(code, Is.Zero, output);
        byte[] bytes = File.ReadAllBytes(image);
        int at = bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(name));
        Encoding.ASCII.GetBytes(replacement).CopyTo(bytes, at);
        File.WriteAllBytes(image, bytes);
        return NpkBuilder.Pack(_fixture.Options with { RootDirectory = null, ImagePath = image }, _fixture.Folder["hostile.npk"]);
    }
}
