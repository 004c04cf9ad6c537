// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

[TestFixture]
internal sealed class NpkPackageTests
{
    private static readonly byte[] s_image = TestPackage.Image(200);
    private static readonly byte[] s_signed = TestPackage.Signed(s_image);

    [Test]
    public void Open_SignedPackage_KnowsEverything()
    {
        using NpkPackage package = TestPackage.Open(s_signed, TestPackage.Trusting);
        Assert.Multiple(() =>
        {
            Assert.That(package.VerifiedBy, Is.EqualTo(TestPackage.PublicKey));
            Assert.That(package.FormatVersion, Is.EqualTo(new PackageVersion(0, 9, 3)));
            Assert.That(package.ManifestBytes.ToArray(), Is.EqualTo(TestPackage.Manifest));
            Assert.That(package.Image, Is.EqualTo(new ImageExtent(4096, s_image.Length + 4096 + 12288)));
            Assert.That(package.SquashfsLengthBytes, Is.EqualTo(s_image.Length));
            Assert.That(package.Verity!.RootHash, Is.EqualTo(TestPackage.Verity(s_image).Root));
            Assert.That(package.Verity.HashStartBlock, Is.EqualTo(201));
            Assert.That(package.Verity.Superblock.Salt.ToArray(), Is.EqualTo(TestPackage.Salt));
            Assert.That(package.FileLengthBytes, Is.EqualTo(s_signed.Length));
            Assert.That(package.EntryNames, Is.EqualTo(new[] { "manifest.yaml", "signature.yaml", "fs.img" }));
            Assert.That(package.IsSigned, Is.True);
        });
        package.Verify();
    }

    [Test]
    public void Open_WithoutKey_TrustsAndStillShowsWhatIsClaimed()
    {
        using NpkPackage package = TestPackage.Open(s_signed);
        Assert.Multiple(() =>
        {
            Assert.That(package.Verity, Is.Null);
            Assert.That(package.VerifiedBy, Is.Null);
            Assert.That(package.SquashfsLengthBytes, Is.EqualTo(s_image.Length));
            Assert.That(package.ReadClaimedVerity()!.RootHash, Is.EqualTo(TestPackage.Verity(s_image).Root));
        });
    }

    [Test]
    public void Open_SeveralKeys_TakesTheOneThatFits()
    {
        using PrivateKey other = PrivateKey.Generate();
        using NpkPackage package = TestPackage.Open(s_signed, new NpkReaderOptions { Keys = [other.PublicKey, TestPackage.PublicKey] });
        Assert.That(package.VerifiedBy, Is.EqualTo(TestPackage.PublicKey));
    }

    [Test]
    public void Open_OtherKey_IsRefused()
    {
        using PrivateKey other = PrivateKey.Generate();
        Refuses(s_signed, new NpkReaderOptions { Keys = [other.PublicKey] }, NpkErrorCode.Signature);
    }

    [Test]
    public void Open_UnsignedWithKey_IsRefused() => Refuses(TestPackage.Unsigned(s_image), TestPackage.Trusting, NpkErrorCode.NoSignature);

    [Test]
    public void Open_OtherCommentOrManifestThanSigned_IsRefused()
    {
        (byte[] verity, RootHash root) = TestPackage.Verity(s_image);
        byte[] signature = TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, root, s_image.Length);
        byte[] image = [.. s_image, .. verity];
        Refuses(TestPackage.Frame([.. TestPackage.Manifest, 10], signature, image, TestPackage.Comment), TestPackage.Trusting, NpkErrorCode.ManifestHash);
        Refuses(TestPackage.Frame(TestPackage.Manifest, signature, image, "version: 0.9.2\n"u8.ToArray()), TestPackage.Trusting, NpkErrorCode.MetaHash);
    }

    [Test]
    public void Open_VectorWithoutSquashfs_IsVerifiedAndThenRefused() =>
        Refuses(TestPackage.Signed(TestPackage.Ramp(3)), TestPackage.Trusting, NpkErrorCode.NoImage);

    [Test]
    public void Open_SuperblockFieldChanged_IsRefused()
    {
        int start = 4096 + s_image.Length;
        foreach (int offset in new[] { 0, 8, 12, 32, 64, 68, 72, 79, 81, 82, 200, 4095 })
        {
            byte[] changed = [.. s_signed];
            changed[start + offset] ^= 2;
            Refuses(changed, TestPackage.Trusting, NpkErrorCode.Verity);
        }
    }

    [Test]
    public void H15_Verify_BitFlippedAtThousandPositionsOfImageAndTree_IsFound()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        int end = s_image.Length + 4096 + 12288;
        for (int found = 0; found < 1000;)
        {
            int position = random.Next(96, end); // behind the squashfs superblock, which is looked at when the package is opened
            if (position >= s_image.Length && position < s_image.Length + 4096)
            {
                continue; // the verity superblock
            }

            Corrupt(position, position < s_image.Length ? $"data block {position / 4096} " : "of the hash tree", random.Next(8));
            found++;
        }

        Corrupt(s_image.Length + 88, "of the hash tree"); // salt
        Corrupt(s_image.Length + 4096 + 64, "block 0 of level 1"); // padding of the top level
        Corrupt(s_image.Length + 8192 + 5, "block 0 of level 0");
        Corrupt(s_image.Length + 12288 + 4095, "block 1 of level 0");
    }

    [Test]
    public void Verify_SeveralBadBlocks_NamesTheFirst()
    {
        byte[] changed = [.. s_signed];
        foreach (int block in new[] { 199, 150, 127, 131 })
        {
            changed[4096 + (block * 4096)] ^= 1;
        }

        using NpkPackage package = TestPackage.Open(changed, TestPackage.Trusting);
        Assert.That(
            () => package.Verify(),
            Throws.TypeOf<NpkException>().With.Message.Contains("data block 127 ").And.Property("OffsetBytes").EqualTo(127 * 4096L));
    }

    [Test]
    public void Verify_OneBlock_ComparesWithTheRootHash()
    {
        byte[] bytes = TestPackage.Signed(TestPackage.Image(1));
        using (NpkPackage package = TestPackage.Open(bytes, TestPackage.Trusting))
        {
            package.Verify();
        }

        bytes[4096 + 4000] ^= 1;
        using NpkPackage changed = TestPackage.Open(bytes, TestPackage.Trusting);
        Assert.That(() => changed.Verify(), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Corrupted));
    }

    [Test]
    public void Verify_UnsignedPackage_ChecksTheChecksum()
    {
        byte[] bytes = TestPackage.Unsigned(s_image);
        using (NpkPackage package = TestPackage.Open(bytes))
        {
            package.Verify();
        }

        bytes[4096 + 5000] ^= 1;
        using NpkPackage changed = TestPackage.Open(bytes);
        Assert.That(() => changed.Verify(), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Corrupted));
    }

    [Test]
    public void Verify_Progress_ReachesTheWholeImage()
    {
        using NpkPackage package = TestPackage.Open(s_signed, TestPackage.Trusting);
        Recorder recorder = new();
        package.Verify(recorder);
        Assert.That(recorder.Highest, Is.EqualTo(s_image.Length));
    }

    [Test]
    public void Verify_Cancelled_Ends()
    {
        using NpkPackage package = TestPackage.Open(s_signed, TestPackage.Trusting);
        Assert.That(() => package.Verify(null, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Verify_CancelledOnTheWay_Ends()
    {
        // More pieces than cores could have in hand when the first of them is done.
        byte[] image = [.. TestPackage.Image(1), .. new byte[4 * Environment.ProcessorCount * (512 << 10)]];
        using NpkPackage package = TestPackage.Open(TestPackage.Signed(image), TestPackage.Trusting);
        using CancellationTokenSource source = new();
        Assert.That(() => package.Verify(new Canceller(source), source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void CopyVerifiedImage_GoodPackage_CopiesTheSquashfsPart()
    {
        using TestFolder folder = new();
        using (SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite))
        using (NpkPackage package = TestPackage.Open(s_signed, TestPackage.Trusting))
        {
            package.CopyVerifiedImage(copy);
        }

        Assert.That(File.ReadAllBytes(folder["copy"]).AsSpan().SequenceEqual(s_image), Is.True);
    }

    [Test]
    public void CopyVerifiedImage_PackageOpenedWithoutKey_IsRefused()
    {
        using TestFolder folder = new();
        using SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite);
        using NpkPackage package = TestPackage.Open(s_signed);
        Assert.That(() => package.CopyVerifiedImage(copy), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.NoSignature));
        Assert.That(RandomAccess.GetLength(copy), Is.Zero);
    }

    private static void Corrupt(int imageOffset, string text, int bit = 2)
    {
        s_signed[4096 + imageOffset] ^= (byte)(1 << bit);
        try
        {
            using NpkPackage package = TestPackage.Open(s_signed, TestPackage.Trusting);
            Assert.That(
                () => package.Verify(),
                Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Corrupted).And.Message.Contains(text));
        }
        finally
        {
            s_signed[4096 + imageOffset] ^= (byte)(1 << bit);
        }
    }

    private static void Refuses(byte[] package, NpkReaderOptions options, NpkErrorCode code) =>
        Assert.That(() => TestPackage.Open(package, options), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(code));

    private sealed class Canceller(CancellationTokenSource source) : IProgress<long>
    {
        public void Report(long value) => source.Cancel();
    }

    private sealed class Recorder : IProgress<long>
    {
        private long _highest;

        internal long Highest => _highest;

        public void Report(long value)
        {
            lock (this)
            {
                _highest = Math.Max(_highest, value);
            }
        }
    }
}
