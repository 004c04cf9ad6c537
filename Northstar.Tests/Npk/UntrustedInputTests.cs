// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>What a package can make the reader do before it is known who signed it: allocate little, parse nothing, read one descriptor.</summary>
[TestFixture]
internal sealed class UntrustedInputTests
{
    private const long MaxAllocatedBytes = 256 << 10; // twice 64 KiB of tail, the directory, and an exception
    private static readonly byte[] s_image = TestPackage.Image(3);
    private static readonly OpenStep[] s_allSteps =
    [
        OpenStep.StructureRead, OpenStep.SignatureVerified, OpenStep.HashesParsed, OpenStep.CommentMatched, OpenStep.CommentParsed,
        OpenStep.ManifestMatched, OpenStep.ManifestParsed,
    ];

    [Test]
    public void H03_Open_HostileArchives_AllocateLittle()
    {
        using TestFolder folder = new();
        foreach (HostileArchives.Case hostile in HostileArchives.All)
        {
            string path = folder.Write("hostile.npk", hostile.Archive);
            RefuseFor(path); // once before, so that nothing is counted that happens once
            Assert.That(RefuseFor(path), Is.LessThan(MaxAllocatedBytes), hostile.Name);
        }
    }

    [TestCase("manifest.yaml")]
    [TestCase("signature.yaml")]
    public void H03_Open_EntryThatReallyHasFourGigabytes_AllocatesLittle(string name)
    {
        const uint length = 0xFFFF0000;
        using TestFolder folder = new();
        (ushort, ushort)[] local = [(18, 0), (20, 0xFFFF), (22, 0), (24, 0xFFFF)];
        (ushort, ushort)[] central = [(20, 0), (22, 0xFFFF), (24, 0), (26, 0xFFFF)];
        byte[] archive = new RawZip().Add(name, [], new()
        {
            Local = [.. local.Select(f => ((int)f.Item1, f.Item2))], Central = [.. central.Select(f => ((int)f.Item1, f.Item2))],
        }).Add("fs.img", []).ToArray();
        int head = 30 + name.Length;
        string path = folder["huge.npk"];
        using (FileStream stream = File.Create(path))
        {
            stream.Write(archive.AsSpan(0, head));
            stream.Position = head + (long)length;
            stream.Write(archive.AsSpan(head, archive.Length - head - 15 - 22));
            long directory = stream.Position - 46 - 46 - name.Length - 6;
            byte[] end = archive[^(15 + 22)..];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), checked((uint)directory));
            stream.Write(end);
        }

        RefuseFor(path);
        Assert.That(RefuseFor(path), Is.LessThan(MaxAllocatedBytes));
    }

    [Test]
    public void H03_Open_ImageOfFourGigabytes_AllocatesLittle()
    {
        const long length = 4294963200;
        using TestFolder folder = new();
        ArchiveFrame frame = ArchiveFrame.Create(TestPackage.Manifest, null, 0, length, TestPackage.Comment);
        using (FileStream stream = File.Create(folder["huge.npk"]))
        {
            stream.Write(frame.Prefix);
            stream.Write(TestPackage.Image(1));
            stream.Position = frame.Prefix.Length + length;
            stream.Write(frame.Suffix);
        }

        NpkPackage.Open(folder["huge.npk"]).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        NpkPackage.Open(folder["huge.npk"]).Dispose();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 * MaxAllocatedBytes)); // with the manifest's parser
    }

    [Test]
    public void H04_Open_SignedPackage_VerifiesBeforeItParses() => Assert.That(Steps(TestPackage.Signed(s_image)), Is.EqualTo(s_allSteps));

    [Test]
    public void H04_Open_SignatureYamlWithAnyBitFlipped_IsNeverParsed()
    {
        byte[] good = TestPackage.Signed(s_image);
        int start = 133;
        for (int offset = start; offset < start + 381; offset++)
        {
            byte[] changed = [.. good];
            changed[offset] ^= 1;
            byte[] entry = changed[start..(start + 381)];
            byte[] archive = TestPackage.Frame(TestPackage.Manifest, entry, changed[4096..(4096 + s_image.Length + 8192)], TestPackage.Comment);
            Assert.That(Steps(archive), Is.EqualTo(new[] { OpenStep.StructureRead }), $"offset {offset}");
        }
    }

    [TestCase("")]
    [TestCase("meta:\n  hash: x\n")]
    [TestCase("&a [*a, *a]\n")]
    [TestCase("verity-offset: 18446744073709547520\n")]
    public void H04_Open_MalformedHashesWithoutSignature_AreRefusedForTheSignature(string hashes)
    {
        using PrivateKey other = PrivateKey.FromSeed(new byte[32]);
        string text = $"{hashes}---\nsignature: {Convert.ToBase64String(other.Sign(Encoding.ASCII.GetBytes(hashes)))}";
        byte[] archive = TestPackage.Frame("name: [1"u8.ToArray(), Encoding.ASCII.GetBytes(text), s_image, "version: x"u8.ToArray());
        NpkException refused = Assert.Throws<NpkException>(() => TestPackage.Open(archive, TestPackage.Trusting))!;
        Assert.That(refused.Rule, Is.EqualTo(NpkRules.SignatureWrong.Id));
    }

    [Test]
    public void H04_Open_UnsignedManifestOrComment_IsNeverParsed()
    {
        byte[] signature = TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(s_image).Root, s_image.Length);
        byte[] image = [.. s_image, .. TestPackage.Verity(s_image).Verity];
        Assert.Multiple(() =>
        {
            Assert.That(Steps(TestPackage.Frame("name: [1"u8.ToArray(), signature, image, TestPackage.Comment)), Is.EqualTo(s_allSteps[..5]));
            Assert.That(Steps(TestPackage.Frame(TestPackage.Manifest, signature, image, "version: x"u8.ToArray())), Is.EqualTo(s_allSteps[..3]));
        });
    }

    [Test]
    public void H13_CopyVerifiedImage_FileThatIsRenamedOverwrittenAndTruncated_GivesOneOfThePackagesOrFails()
    {
        byte[] otherImage = TestPackage.Image(5);
        byte[] otherManifest = [.. TestPackage.Manifest, .. "init: /other\n"u8];
        byte[] first = TestPackage.Signed(s_image);
        byte[] second = TestPackage.Signed(otherImage, otherManifest, TestPackage.Comment);
        using TestFolder folder = new();
        string path = folder.Write("raced.npk", first);
        using CancellationTokenSource stop = new();
        Thread racer = new(() => Race(folder, path, first, second, stop.Token));
        racer.Start();
        int whole = 0;
        try
        {
            for (int i = 0; i < 1000; i++)
            {
                whole += CopyIsWhole(folder, path, first: s_image, second: otherImage, otherManifest) ? 1 : 0;
            }
        }
        finally
        {
            stop.Cancel();
            racer.Join();
        }

        TestContext.Out.WriteLine($"{whole} of 1000 were whole, the others refused");
    }

    [Test]
    public void H13_Open_FileReplacedAfterwards_StaysTheOneThatWasOpened()
    {
        using TestFolder folder = new();
        string path = folder.Write("a.npk", TestPackage.Signed(s_image));
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        folder.Write("b.npk", TestPackage.Signed(TestPackage.Image(5)));
        File.Move(folder["b.npk"], path, overwrite: true);
        using SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite);
        package.CopyVerifiedImage(copy);
        Assert.That(RandomAccess.GetLength(copy), Is.EqualTo(s_image.Length));
    }

    private static void Race(TestFolder folder, string path, byte[] first, byte[] second, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            byte[] next = i % 2 == 0 ? second : first;
            switch (i % 5)
            {
                case 0 or 3:
                    File.Move(folder.Write("next", next), path, overwrite: true);
                    break;
                case 1:
                    using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                    {
                        RandomAccess.SetLength(file, next.Length / 2);
                    }

                    break;
                default:
                    using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                    {
                        RandomAccess.Write(file, next, 0);
                    }

                    break;
            }
        }
    }

    private static bool CopyIsWhole(TestFolder folder, string path, byte[] first, byte[] second, byte[] secondManifest)
    {
        using SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.Create, FileAccess.ReadWrite);
        byte[] manifest;
        try
        {
            using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
            package.CopyVerifiedImage(copy);
            manifest = package.ManifestBytes.ToArray();
        }
        catch (NpkException)
        {
            return false;
        }

        byte[] image = new byte[RandomAccess.GetLength(copy)];
        RandomAccess.Read(copy, image, 0);
        Assert.That(image.AsSpan().SequenceEqual(manifest.AsSpan().SequenceEqual(secondManifest) ? second : first), Is.True);
        return true;
    }

    private static long RefuseFor(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<NpkException>(() => NpkPackage.Open(path, TestPackage.Trusting).Dispose());
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static List<OpenStep> Steps(byte[] archive)
    {
        List<OpenStep> steps = [];
        try
        {
            TestPackage.Open(archive, new NpkReaderOptions { Keys = [TestPackage.PublicKey], Observer = steps.Add }).Dispose();
        }
        catch (NpkException)
        {
        }

        return steps;
    }
}
