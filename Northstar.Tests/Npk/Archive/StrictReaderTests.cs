// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>Archives that some zip program would read, and that are no packages.</summary>
[TestFixture]
internal sealed class StrictReaderTests
{
    private static readonly byte[] s_image = TestPackage.Image(2);
    private static readonly byte[] s_zip64Extra = [1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] s_pathExtra = [0x75, 0x70, 4, 0, 1, 2, 3, 4];

    [Test]
    public void Open_PackageOfOlderPacker_IsAccepted()
    {
        using NpkPackage package = TestPackage.Open(Plain().ToArray());
        Assert.Multiple(() =>
        {
            Assert.That(package.FormatVersion, Is.EqualTo(new PackageVersion(0, 9, 0)));
            Assert.That(package.Image, Is.EqualTo(new ImageExtent(4096, s_image.Length)));
            Assert.That(package.EntryNames, Is.EqualTo(new[] { "manifest.yaml", "fs.img" }));
        });
    }

    [TestCaseSource(nameof(Refused))]
    public void Open_OddArchive_IsRefused(byte[] archive, NpkErrorCode code, string text) =>
        Assert.That(
            () => TestPackage.Open(archive),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(code).And.Message.Contains(text));

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

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Zip("empty file", [], "empty");
        yield return Zip("no zip", "#!/bin/sh\nexit 0\n"u8.ToArray(), "no end record");
        byte[] good = Plain().ToArray();
        foreach (int length in new[] { 1, 21, 100, 4096, good.Length - 100, good.Length - 1 })
        {
            yield return Zip($"cut off to {length}", good[..length], "");
        }

        yield return Zip("trailing byte", [.. good, 0], "1 bytes follow the archive");
        yield return Zip("trailing archive", [.. good, .. good], "");
        yield return Zip("prefix byte", [0, .. good], "does not end where the end record begins");
        yield return Zip("prefix with corrected end record", Shift([.. new byte[512], .. good], 512), "no local header");
        yield return Zip("gap before the directory", Plain().ToArray(beforeDirectory: [0]), "does not begin where the last entry ends");
        yield return Zip("gap between entries", Manifest().Add("fs.img", s_image, new() { GapBefore = new byte[10] }).ToArray(), "instead of");
        yield return Zip("overlapping entries", Manifest().Add("fs.img", s_image, new() { HeaderOffset = 0 }).ToArray(), "disagree");
        yield return Zip("manifest twice", Manifest().Add("manifest.yaml", TestPackage.Manifest).AddImage(s_image).ToArray(), "occurs twice");
        yield return Zip("image twice", Manifest().AddImage(s_image).AddImage(s_image).ToArray(), "occurs twice");
        yield return Zip("image twice, other order", new RawZip().AddImage(s_image).AddImage(s_image).Add("manifest.yaml", []).ToArray(), "twice");
        yield return Zip("unknown entry", Manifest().Add("extra", [1]).AddImage(s_image).ToArray(), "unknown name");
        yield return Zip("upper case name", new RawZip().Add("Manifest.yaml", []).AddImage(s_image).ToArray(), "unknown name");
        yield return Zip("dot in name", new RawZip().Add("./manifest.yaml", []).AddImage(s_image).ToArray(), "unknown name");
        yield return Zip("name with zero", new RawZip().Add("manifest.yaml\0", []).AddImage(s_image).ToArray(), "unknown name");
        yield return Zip("one entry", Manifest().ToArray(), "1 entries");
        yield return Zip("four entries", Manifest().AddImage(s_image).Add("signature.yaml", []).Add("fs.img", []).ToArray(), "4 entries");
        yield return Zip("no entries", new RawZip().ToArray(), "0 entries");
        yield return Zip("deflated image", Manifest().Add("fs.img", s_image, new() { Method = 8 }).ToArray(), "compressed (method 8)");
        yield return Zip("encrypted", Manifest().Add("fs.img", s_image, new() { Flags = 1 }).ToArray(), "zip feature");
        yield return Zip("data descriptor", Manifest().Add("fs.img", s_image, new() { Flags = 8 }).ToArray(), "zip feature");
        yield return Zip("other local name", new RawZip().Add("manifest.yaml", [], new() { LocalName = "manifest.yamL" }).AddImage(s_image).ToArray(), "disagree");
        yield return Zip("shorter local name", new RawZip().Add("manifest.yaml", [], new() { LocalName = "manifest" }).AddImage(s_image).ToArray(), "disagree");
        yield return Zip("other central size", Manifest().Add("fs.img", s_image, new() { CentralSize = 4096 }).ToArray(), "disagree");
        yield return Zip("compressed size differs", Manifest().Add("fs.img", s_image, new() { CentralCompressedSize = 1 }).ToArray(), "zip feature");
        yield return Zip("zip64 size in local header", Manifest().Add("fs.img", s_image, new() { LocalExtra = s_zip64Extra }).ToArray(), "zip feature");
        yield return Zip("zip64 size in directory", Manifest().Add("fs.img", s_image, new() { CentralExtra = s_zip64Extra }).ToArray(), "zip feature");
        yield return Zip("second name in extra", Manifest().Add("fs.img", s_image, new() { CentralExtra = s_pathExtra }).ToArray(), "zip feature");
        yield return Zip("comment of an entry", Manifest().Add("fs.img", s_image, new() { CentralComment = [65] }).ToArray(), "zip feature");
        yield return Zip("unknown version", new RawZip { VersionNeeded = 45 }.Add("manifest.yaml", []).AddImage(s_image).ToArray(), "zip feature");
        yield return Zip("local header outside", Manifest().Add("fs.img", s_image, new() { HeaderOffset = 0xFFFFFFF0 }).ToArray(), "outside the file");
        yield return Zip("local header elsewhere", Manifest().Add("fs.img", s_image, new() { HeaderOffset = 7 }).ToArray(), "no local header");
        yield return Zip("negative-looking size", Manifest().Add("fs.img", s_image, new() { CentralSize = 0xFFFFFFFF }).ToArray(), "disagree");
        yield return Zip("huge directory", Patch(good, 12, 0x7FFFFFFF), "does not end where");
        yield return Zip("zip64 directory without need", Patch(good, 16, 0xFFFFFFFF), "zip64");
        yield return Zip("several disks", Patch(good, 4, 1), "several disks");
        yield return Zip("counts differ", Patch(good, 8, 0x00020003), "several disks");
        byte[] end = new RawZip { Comment = [] }.ToArray();
        yield return Zip("end record in the comment", Plain(end).ToArray(), "two end records");
        yield return Zip("end record cut off in the comment", Plain("PK\x05\x06"u8.ToArray()).ToArray(), "cut off");
        yield return Case("no manifest", new RawZip().Add("signature.yaml", []).AddImage(s_image).ToArray(), NpkErrorCode.NoManifest, "missing");
        yield return Case("no image", Manifest().Add("signature.yaml", []).ToArray(), NpkErrorCode.NoImage, "missing");
        yield return Case("unaligned image", Manifest().AddImage(s_image, misalignment: 512).ToArray(), NpkErrorCode.NoImage, "in place");
        yield return Case("odd image length", Manifest().AddImage(s_image[..^100]).ToArray(), NpkErrorCode.NoImage, "in place");
        yield return Case("no squashfs", Manifest().AddImage(TestPackage.Ramp(1)).ToArray(), NpkErrorCode.NoImage, "no squashfs");
        yield return Case("short squashfs", Manifest().AddImage(s_image[..4096]).ToArray(), NpkErrorCode.NoImage, "says that it uses");
        yield return Case("empty image", Manifest().AddImage([]).ToArray(), NpkErrorCode.NoImage, "no squashfs");
        yield return Case("large manifest", new RawZip().Add("manifest.yaml", new byte[(1 << 20) + 1]).AddImage(s_image).ToArray(), NpkErrorCode.Entry, "at most");
        yield return Case(
            "manifest that claims 4 GiB", new RawZip().Add("manifest.yaml", [], new() { CentralSize = 0xFFFFFFFF }).AddImage(s_image).ToArray(),
            NpkErrorCode.Entry, "at most");
        yield return Case("large signature", Manifest().Add("signature.yaml", new byte[(16 << 10) + 1]).AddImage(s_image).ToArray(), NpkErrorCode.Entry, "at most");
        yield return Case("manifest no UTF-8", new RawZip().Add("manifest.yaml", [0xFF]).AddImage(s_image).ToArray(), NpkErrorCode.Entry, "UTF-8");
        byte[] damaged = Plain().ToArray();
        damaged[43] ^= 1;
        yield return Case("manifest checksum", damaged, NpkErrorCode.Entry, "checksum");
        yield return Case("no comment", Plain([]).ToArray(), NpkErrorCode.Meta, "2020");
        yield return Case("long comment", Plain(new byte[4097]).ToArray(), NpkErrorCode.Meta, "4097 bytes");
        yield return Case("other comment", Plain("npk_version: 0.0.2\n"u8.ToArray()).ToArray(), NpkErrorCode.Meta, "no line");
        yield return Case("version of two numbers", Plain("version: 0.9\n"u8.ToArray()).ToArray(), NpkErrorCode.Meta, "malformed");
        yield return Case("two versions", Plain("version: 0.9.0\nversion: 0.9.1\n"u8.ToArray()).ToArray(), NpkErrorCode.Meta, "two versions");
        yield return Case("old version", Plain("version: 0.8.9\n"u8.ToArray()).ToArray(), NpkErrorCode.Version, "too old");
    }

    [TestCase("version: 0.9.0\n", "0.9.0")]
    [TestCase("version: 0.10.0\n", "0.10.0")]
    [TestCase("version: 2.3.4\n", "2.3.4")]
    [TestCase("version: \"0.9.2\"", "0.9.2")]
    [TestCase("version: 0.9.3-pre\n", "0.9.3")]
    [TestCase("other: 1\nversion: 0.9.1\n", "0.9.1")]
    public void Open_NewerOrQuotedVersion_IsAccepted(string comment, string version)
    {
        using NpkPackage package = TestPackage.Open(Plain(System.Text.Encoding.UTF8.GetBytes(comment)).ToArray());
        Assert.That(package.FormatVersion, Is.EqualTo(PackageVersion.Parse(version)));
    }

    private static RawZip Manifest() => new RawZip().Add("manifest.yaml", TestPackage.Manifest);

    private static RawZip Plain() => Manifest().AddImage(s_image);

    private static RawZip Plain(byte[] comment) =>
        new RawZip { Comment = comment }.Add("manifest.yaml", TestPackage.Manifest).AddImage(s_image);

    private static TestCaseData Zip(string name, byte[] archive, string text) => Case(name, archive, NpkErrorCode.Zip, text);

    private static TestCaseData Case(string name, byte[] archive, NpkErrorCode code, string text) =>
        new TestCaseData(archive, code, text).SetArgDisplayNames(name);

    /// <summary>Sets 32 bits at an offset of the end record of a copy.</summary>
    private static byte[] Patch(byte[] archive, int field, uint value)
    {
        byte[] patched = [.. archive];
        BinaryPrimitives.WriteUInt32LittleEndian(patched.AsSpan(patched.Length - 15 - 22 + field), value);
        return patched;
    }

    private static byte[] Shift(byte[] archive, uint by)
    {
        int position = archive.Length - 15 - 22 + 16;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(archive.AsSpan(position));
        BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(position), offset + by);
        return archive;
    }
}
