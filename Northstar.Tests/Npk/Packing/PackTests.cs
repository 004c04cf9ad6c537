// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Packing with mksquashfs and taking apart again.</summary>
[TestFixture]
internal sealed class PackTests
{
    [SetUp]
    public void RequireTools()
    {
        Tool.Require("mksquashfs");
        Tool.Require("unsquashfs");
    }

    [Test]
    public void U070_Pack_ManifestFromText_GivesTheNamedFile()
    {
        using PackFixture fixture = new();
        Manifest manifest = ManifestReader.Parse(ManifestWriter.WriteYaml(fixture.Options.Manifest));
        fixture.Check(NpkBuilder.Pack(fixture.Options with { Manifest = manifest }, fixture.Out), "hello-0.0.2.npk");
    }

    [Test]
    public void U071_Pack_ManifestObject_GivesTheNamedFile()
    {
        using PackFixture fixture = new();
        fixture.Check(NpkBuilder.Pack(fixture.Options, fixture.Out), "hello-0.0.2.npk");
    }

    [Test]
    public void U072_Pack_WithKey_GivesASignedPackage()
    {
        using PackFixture fixture = new();
        string path = NpkBuilder.Pack(fixture.Signed, fixture.Out);
        fixture.Check(path, "hello-0.0.2.npk");
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        Assert.That(package.Manifest.Id, Is.EqualTo(fixture.Options.Manifest.Id));
        package.Verify();
    }

    [TestCase(SquashfsCompression.None, null)]
    [TestCase(SquashfsCompression.Gzip, 1)]
    [TestCase(SquashfsCompression.Lzo, null)]
    [TestCase(SquashfsCompression.Xz, null)]
    [TestCase(SquashfsCompression.Zstd, 3)]
    public void U073_Pack_AnyCompression_GivesAPackage(SquashfsCompression compression, int? level)
    {
        using PackFixture fixture = new();
        NpkBuildOptions options = fixture.Signed with { Compression = compression, CompressionLevel = level, BlockSizeBytes = 65536 };
        string path = PackOrIgnore(options, fixture.Out);
        fixture.Check(path, "hello-0.0.2.npk");
        string image = fixture.Folder.Write("fs.img", File.ReadAllBytes(path)[4096..]);
        string name = compression == SquashfsCompression.None ? "gzip" : compression.ToString().ToLowerInvariant();
        Assert.That(Tool.Run("unsquashfs", "-s", image).Output, Does.Contain("Compression " + name).And.Contain("Block size 65536"));
    }

    private static string PackOrIgnore(NpkBuildOptions options, string directory)
    {
        try
        {
            return NpkBuilder.Pack(options, directory);
        }
        catch (NpkException exception) when (exception.Message.Contains("is not supported", StringComparison.Ordinal))
        {
            Assert.Ignore($"the installed mksquashfs has no {options.Compression}");
            throw;
        }
    }

    [Test]
    public void U074_Pack_ReadyImage_GivesTheSameTree()
    {
        using PackFixture fixture = new();
        string first = NpkBuilder.Pack(fixture.Options, fixture.Out);
        byte[] image;
        using (NpkPackage package = NpkPackage.Open(first))
        {
            image = File.ReadAllBytes(first).AsSpan((int)package.Image.OffsetBytes, (int)package.Image.LengthBytes).ToArray();
        }

        NpkBuildOptions ready = fixture.Options with { RootDirectory = null, ImagePath = fixture.Folder.Write("fs.img", image) };
        fixture.Check(NpkBuilder.Pack(ready, fixture.Folder["again.npk"]), "again.npk");
        Assert.That(File.ReadAllBytes(fixture.Folder["again.npk"]), Is.EqualTo(File.ReadAllBytes(first)));
    }

    [Test]
    public void Pack_ReadyImageWithVerityData_LeavesTheOldDataOut()
    {
        using PackFixture fixture = new();
        string first = NpkBuilder.Pack(fixture.Signed, fixture.Out);
        NpkBuildOptions ready = fixture.Signed with
        {
            RootDirectory = null,
            ImagePath = fixture.Folder.Write("fs.img", File.ReadAllBytes(first)[4096..]),
        };
        byte[] withTail = File.ReadAllBytes(ready.ImagePath);
        NpkBuilder.Pack(ready, fixture.Folder["again.npk"]);
        Assert.That(File.ReadAllBytes(fixture.Folder["again.npk"]), Is.EqualTo(File.ReadAllBytes(first)));
        Assert.That(File.ReadAllBytes(ready.ImagePath), Is.EqualTo(withTail), "the given image is not changed");
    }

    [Test]
    public void H9_Pack_ImageOfAnotherPackage_KeepsItUnderTheNewManifest()
    {
        using PackFixture fixture = new();
        string first = NpkBuilder.Pack(fixture.Signed, fixture.Out);
        using NpkPackage source = NpkPackage.Open(first);
        NpkBuildOptions patched = fixture.Signed with
        {
            RootDirectory = null,
            ImageFrom = source,
            Manifest = source.Manifest with { Name = ContainerName.Parse("patched") },
        };
        string path = NpkBuilder.Pack(patched, fixture.Folder.Path);
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        package.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(path), Is.EqualTo("patched-0.0.2.npk"));
            Assert.That(package.SquashfsLengthBytes, Is.EqualTo(source.ReadClaimedVerity()!.SuperblockOffsetBytes));
            Assert.That(
                File.ReadAllBytes(path).AsSpan((int)package.Image.OffsetBytes, (int)package.SquashfsLengthBytes)
                    .SequenceEqual(File.ReadAllBytes(first).AsSpan((int)source.Image.OffsetBytes, (int)source.SquashfsLengthBytes)),
                Is.True);
        });
    }

    [Test]
    public void U076_Pack_ToAFile_ReplacesIt()
    {
        using PackFixture fixture = new();
        string path = fixture.Folder.Write("my.npk", [1, 2, 3]);
        fixture.Check(NpkBuilder.Pack(fixture.Signed, path), "my.npk");
    }

    [Test]
    public void U077_Pack_ToAStream_GivesThePackage()
    {
        using PackFixture fixture = new();
        using (FileStream stream = File.Create(fixture.Folder["stream.npk"]))
        {
            Assert.That(NpkBuilder.Pack(fixture.Signed, stream), Is.EqualTo(stream.Length));
        }

        fixture.Check(fixture.Folder["stream.npk"], "stream.npk");
    }

    [Test]
    public void Pack_ToAFile_GivesTheBytesOfTheStream([Values] bool signed)
    {
        using PackFixture fixture = new();
        NpkBuildOptions options = signed ? fixture.Signed : fixture.Options;
        using MemoryStream stream = new();
        NpkBuilder.Pack(options, stream);
        Assert.That(File.ReadAllBytes(NpkBuilder.Pack(options, fixture.Out)), Is.EqualTo(stream.ToArray()));
    }

    /// <summary>The manifest is so long that one more digit in the hashes document moves the image by a block.</summary>
    [Test]
    public void Pack_PlaceOfTheImageDependsOnItsLength_GivesTheBytesOfTheStream()
    {
        using PackFixture fixture = new();
        int fromBlockEnd = 0;
        foreach (int length in Enumerable.Range(0, 12).Select(i => ManifestLengthThatFillsTheBlock(fixture) - 6 + i))
        {
            NpkBuildOptions options = WithManifestOf(fixture, length);
            using MemoryStream stream = new();
            NpkBuilder.Pack(options, stream);
            string path = NpkBuilder.Pack(options, fixture.Out);
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(stream.ToArray()));
            using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
            package.Verify();
            fromBlockEnd += package.Image.OffsetBytes == 4096 ? 1 : 0;
        }

        Assert.That(fromBlockEnd, Is.InRange(1, 11), "both places occurred");
    }

    private static int ManifestLengthThatFillsTheBlock(PackFixture fixture)
    {
        using MemoryStream stream = new();
        NpkBuilder.Pack(fixture.Signed, stream);
        stream.Position = 0;
        int image = TestPackage.IndexOf(stream.ToArray(), "fs.img", TestPackage.IndexOf(stream.ToArray(), "signature: ")) + "fs.img".Length;
        return 4096 - image + ManifestWriter.WriteYaml(fixture.Signed.Manifest).Length;
    }

    private static NpkBuildOptions WithManifestOf(PackFixture fixture, int length)
    {
        NpkBuildOptions With(int count) => fixture.Signed with
        {
            Manifest = fixture.Signed.Manifest with
            {
                Env = Enumerable.Range(0, 5).ToDictionary(i => $"HELLO{i}", i => new string('x', Math.Clamp(count - (i * 1000), 1, 1000))),
            },
        };
        return With(length - ManifestWriter.WriteYaml(With(5).Manifest).Length + 5);
    }

    [Test]
    public void Pack_OtherTimesAndFolder_GivesTheSameBytes()
    {
        using PackFixture first = new();
        using PackFixture second = new();
        DateTime time = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        foreach (string path in Directory.GetFileSystemEntries(second.Root, "*", SearchOption.AllDirectories).Append(second.Root))
        {
            Directory.SetLastWriteTimeUtc(path, time);
        }

        byte[] one = File.ReadAllBytes(NpkBuilder.Pack(first.Signed, first.Out));
        byte[] two = File.ReadAllBytes(NpkBuilder.Pack(second.Signed, second.Out));
        Assert.That(one.AsSpan().SequenceEqual(two), Is.True);
        byte[] later = File.ReadAllBytes(NpkBuilder.Pack(second.Signed with { TimeStamp = DateTimeOffset.UnixEpoch.AddDays(1) }, second.Out));
        Assert.That(later.AsSpan().SequenceEqual(two), Is.False);
    }

    [Test]
    public void PackClones_StartableContainer_NumbersThem()
    {
        using PackFixture fixture = new();
        IReadOnlyList<string> paths = NpkBuilder.PackClones(fixture.Signed, fixture.Out, 10);
        Assert.Multiple(() =>
        {
            Assert.That(paths.Select(Path.GetFileName), Is.EqualTo(Enumerable.Range(0, 10).Select(i => $"hello-0{i}-0.0.2.npk")));
            Assert.That(Directory.GetFiles(fixture.Out), Is.EquivalentTo(paths));
            Assert.That(NpkBuilder.PackClones(fixture.Signed, fixture.Out, 0), Is.Empty);
        });
        using NpkPackage package = NpkPackage.Open(paths[7], TestPackage.Trusting);
        Assert.That(package.Manifest.Name.ToString(), Is.EqualTo("hello-07"));
    }

    [Test]
    public void PackClones_ResourceContainer_IsWrittenOnce()
    {
        using PackFixture fixture = new();
        NpkBuildOptions resource = fixture.Options with { Manifest = fixture.Options.Manifest with { Init = null, Env = new Dictionary<string, string>() } };
        Assert.That(NpkBuilder.PackClones(resource, fixture.Out, 3).Select(Path.GetFileName), Is.EqualTo(new[] { "hello-0.0.2.npk" }));
    }

    [Test]
    public void Pack_SignedPackage_SatisfiesVeritysetupAndUnzip()
    {
        using PackFixture fixture = new();
        string path = NpkBuilder.Pack(fixture.Signed, fixture.Out);
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        string image = fixture.Folder.Write("fs.img", File.ReadAllBytes(path).AsSpan(4096, (int)package.Image.LengthBytes).ToArray());
        (int exitCode, string output) = Tool.Run(
            "veritysetup", "verify", image, image, package.Verity!.RootHash.ToString(), "--hash-offset", $"{package.Verity.SuperblockOffsetBytes}");
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero, output);
            Assert.That(Tool.Run("unzip", "-t", path).ExitCode, Is.Zero);
            Assert.That(NpkUnpacker.List(package).Select(static entry => entry.Path), Does.Contain("/etc/hosts"));
        });
    }
}
