// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Packing;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Packing and unpacking that must fail, clearly, and leave nothing behind.</summary>
[TestFixture, NonParallelizable]
internal sealed class PackFailureTests
{
    private PackFixture _fixture = null!;
    private string _temporary = "";
    private string? _savedVariable;

    [SetUp]
    public void SetUp()
    {
        Tool.Require("mksquashfs");
        _fixture = new PackFixture();
        _temporary = Directory.CreateDirectory(_fixture.Folder["tmp"]).FullName;
        _savedVariable = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", _temporary);
    }

    [TearDown]
    public void NothingIsLeftBehind()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _savedVariable);
        string[] left = [.. Directory.GetFileSystemEntries(_fixture.Out), .. Directory.GetFileSystemEntries(_temporary)];
        _fixture.Dispose();
        Assert.That(left, Is.Empty);
    }

    [Test]
    public void U075_Pack_WrongNumberOfSources_IsRefused()
    {
        ThrowsOnPack<ArgumentException>(_fixture.Options with { RootDirectory = null });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { ImagePath = "fs.img" });
        ThrowsOnPack<ArgumentNullException>(_fixture.Options with { Manifest = null! });
    }

    [Test]
    public void Pack_OptionsOutOfRange_AreRefused()
    {
        ThrowsOnPack<ArgumentException>(_fixture.Options with { BlockSizeBytes = 5000 });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { BlockSizeBytes = 2097152 });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { CompressionLevel = 10 });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { Compression = SquashfsCompression.Xz, CompressionLevel = 1 });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { Salt = new byte[257] });
        ThrowsOnPack<ArgumentException>(_fixture.Options with { Processors = 0 });
    }

    [Test]
    public void Pack_UnusableInput_NamesTheReason()
    {
        Refuses(_fixture.Options with { RootDirectory = _fixture.Folder["none"] }, NpkErrorCode.Open, "no such directory");
        Refuses(Image([1, 2, 3]), NpkErrorCode.NoImage, "no squashfs");
        Refuses(Image([.. TestPackage.Image(2), 0]) with { Key = _fixture.Signed.Key }, NpkErrorCode.NoImage, "no multiple of 4096");
        Refuses(_fixture.Options with { ImagePath = _fixture.Folder["none"], RootDirectory = null }, NpkErrorCode.Open, "none");
        Refuses(
            _fixture.Options with { Manifest = _fixture.Options.Manifest with { Name = ContainerName.Parse("..") } }, NpkErrorCode.Manifest, "name");
    }

    [Test]
    public void Pack_UnsignedImageOfOddLength_IsPadded()
    {
        string path = NpkBuilder.Pack(Image([.. TestPackage.Image(2), 0]), _fixture.Folder["padded.npk"]);
        using NpkPackage package = NpkPackage.Open(path);
        Assert.That(package.Image.LengthBytes, Is.EqualTo(3 * 4096));
    }

    [Test]
    public void Pack_UnwritableDestination_IsRefused()
    {
        Assert.That(
            () => NpkBuilder.Pack(_fixture.Options, _fixture.Folder["none/dir/x.npk"]),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Write).And.Message.Contains("none/dir"));
        using MemoryStream stream = new([], writable: false);
        Assert.That(() => NpkBuilder.Pack(_fixture.Options, stream), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => NpkBuilder.PackClones(_fixture.Options, _fixture.Folder["none"], 2), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void Pack_FailureAfterAnEarlierPackage_KeepsTheEarlierOne()
    {
        string path = NpkBuilder.Pack(_fixture.Options, _fixture.Folder["kept.npk"]);
        byte[] before = File.ReadAllBytes(path);
        Assert.That(() => NpkBuilder.Pack(_fixture.Options with { MksquashfsPath = "no-such-mksquashfs" }, path), Throws.TypeOf<NpkException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
    }

    [Test]
    public void Pack_Cancelled_Ends() => Assert.That(
        () => NpkBuilder.Pack(_fixture.Options, _fixture.Out, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void Unpack_DamagedImageOrFailingTool_IsRefused()
    {
        byte[] bytes = File.ReadAllBytes(NpkBuilder.Pack(_fixture.Options, _fixture.Folder["a.npk"]));
        string target = _fixture.Folder["target"];
        string failing = Script("failing", "[ \"$1\" = -version ] && echo a b 4.6.1 && exit 0; exit 2");
        Assert.That(
            () => NpkUnpacker.Unpack(_fixture.Folder["a.npk"], target, failing),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Tool).And.Message.Contains("exit code 2"));
        Assert.That(target, Does.Not.Exist);
        bytes[4096 + 200] ^= 1;
        Assert.That(
            () => NpkUnpacker.Unpack(_fixture.Folder.Write("b.npk", bytes), _fixture.Folder["other"]),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Corrupted));
        Assert.That(_fixture.Folder["other"], Does.Not.Exist);
    }

    [Test]
    public void Unpack_ExistingRootOrLinkInTheWay_LeavesThemAlone()
    {
        string path = NpkBuilder.Pack(_fixture.Options, _fixture.Folder["a.npk"]);
        Assert.That(
            () => NpkUnpacker.Unpack(path, _fixture.Folder.Path), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Write));
        string target = Directory.CreateDirectory(_fixture.Folder["target"]).FullName;
        string victim = _fixture.Folder.Write("victim", [7]);
        File.CreateSymbolicLink(Path.Combine(target, "manifest.yaml"), victim);
        NpkUnpacker.Unpack(path, target);
        Assert.That(File.ReadAllBytes(victim), Is.EqualTo(new byte[] { 7 }));
    }

    [TestCase("mksquashfs version 4.5.1 (2022/03/17)\ncopyright", "4.5.1")]
    [TestCase("mksquashfs version 4.6.1", "4.6.1")]
    [TestCase("mksquashfs version 4.4-abc (2019)", "4.4.0")]
    [TestCase("mksquashfs version 4.x1.2", "4.0.2")]
    [TestCase("mksquashfs", "0.0.0")]
    [TestCase("", "0.0.0")]
    public void ParseVersion_FirstLine_TakesTheThirdWord(string output, string version) =>
        Assert.That(SquashfsTool.ParseVersion(output).ToString(), Is.EqualTo(version));

    private string Script(string name, string body) => FakeTool.Script(_fixture.Folder, name, body);

    private NpkBuildOptions Image(byte[] bytes) =>
        _fixture.Options with { RootDirectory = null, ImagePath = _fixture.Folder.Write("fs.img", bytes) };

    private void ThrowsOnPack<T>(NpkBuildOptions options)
        where T : Exception => Assert.That(() => NpkBuilder.Pack(options, _fixture.Out), Throws.InstanceOf<T>());

    private void Refuses(NpkBuildOptions options, NpkErrorCode code, string text) => Assert.That(
        () => NpkBuilder.Pack(options, _fixture.Out),
        Throws.InstanceOf<NpkException>().With.Property("Code").EqualTo(code).And.Message.Contains(text));
}
