// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>No single flipped bit of a signed package goes unnoticed, but in the few fields that the format leaves unprotected and nobody reads.</summary>
[TestFixture]
internal sealed class BitFlipTests
{
    private static readonly byte[] s_image = TestPackage.Image(3);
    private static readonly byte[] s_newer = TestPackage.Signed(s_image);
    private static readonly byte[] s_older = Older();
    private static readonly NpkReaderOptions s_trusting = TestPackage.Trusting;

    /// <summary>The unprotected fields: where they are and what they are.</summary>
    private static readonly (int Offset, int Length, string Name)[] s_free = [(4096 + 3 * 4096 + 16, 16, "UUID of the verity superblock")];

    private static readonly (int Offset, int Length, string Name)[] s_freeOlder =
        [.. s_free, (514 + ZipLayout.Local.Length + 6, 2, "kind of padding, which 0.9.0 does not repeat in the directory")];

    [Test]
    public void H01_H11_Open_EveryBitOutsideDataAndTree_IsRefusedOrUnprotected()
    {
        int data = 4096 + s_image.Length;
        IEnumerable<int> frame = Enumerable.Range(0, 4096).Concat(Enumerable.Range(data, 4096))
            .Concat(Enumerable.Range(data + 8192, s_newer.Length - data - 8192));
        Check(s_newer, s_free, frame.SelectMany(static offset => Enumerable.Range(0, 8).Select(bit => (offset, bit))));
    }

    [Test]
    public void H01_Open_EveryBitOfTheFrameOfAnOlderPackage_IsRefusedOrUnprotected()
    {
        int end = s_older.Length - 250;
        IEnumerable<int> frame = Enumerable.Range(0, 1024).Concat(Enumerable.Range(end, 250));
        Check(s_older, s_freeOlder, frame.SelectMany(static offset => Enumerable.Range(0, 8).Select(bit => (offset, bit))));
    }

    [Test]
    public void H01_H15_Verify_TenThousandRandomBits_AreRefusedOrUnprotected()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        Check(s_newer, s_free, Enumerable.Range(0, 10_000).Select(_ => (random.Next(s_newer.Length), random.Next(8))));
    }

    private static void Check(byte[] bytes, (int Offset, int Length, string Name)[] free, IEnumerable<(int Offset, int Bit)> flips)
    {
        using PackageFileEditor editor = new(bytes);
        List<string> passed = [];
        HashSet<string> used = [];
        foreach ((int offset, int bit) in flips)
        {
            if (editor.RuleFor(offset, bit, s_trusting, IsUnchanged) is null)
            {
                string? name = free.FirstOrDefault(field => offset >= field.Offset && offset < field.Offset + field.Length).Name;
                (name is null ? passed.Add : (Action<string>)(_ => used.Add(name)))($"offset {offset} bit {bit}");
            }
        }

        Assert.That(passed, Is.Empty);
        TestContext.Out.WriteLine(string.Join('\n', used));
    }

    /// <summary>What is read is what was packed.</summary>
    private static void IsUnchanged(NpkPackage package)
    {
        using TestFolder folder = new();
        using Microsoft.Win32.SafeHandles.SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite);
        package.CopyVerifiedImage(copy);
        byte[] image = new byte[RandomAccess.GetLength(copy)];
        RandomAccess.Read(copy, image, 0);
        Assert.That(
            package.ManifestBytes.Span.SequenceEqual(TestPackage.Manifest) && image.AsSpan().SequenceEqual(s_image)
            && package.Image == new ImageExtent(4096, s_image.Length + 8192) && package.SquashfsLengthBytes == s_image.Length
            && package.Verity!.Superblock.Salt.SequenceEqual(TestPackage.Salt) && package.EntryNames.Count == 3 && package.VerifiedBy!.Equals(TestPackage.PublicKey),
            Is.True);
    }

    private static byte[] Older()
    {
        (byte[] verity, RootHash root) = TestPackage.Verity(s_image);
        return new RawZip { Comment = TestPackage.Comment }.Add("manifest.yaml", TestPackage.Manifest)
            .Add("signature.yaml", TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, root, s_image.Length))
            .AddImage([.. s_image, .. verity]).ToArray();
    }
}
