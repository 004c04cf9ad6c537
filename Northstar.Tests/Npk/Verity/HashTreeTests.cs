// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Verity;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Verity;

[TestFixture]
internal sealed partial class HashTreeTests
{
    [TestCase(1, 0, "4ce3ecf32c133bf6321901b6092219474b6ac91a19d0304621d629e6bb9987dc")]
    [TestCase(3, 4096, "9b03bbba3caf521b66ed754ee9f0d5848dd2bf99c2d51a898c133dd46ac97e51")]
    [TestCase(128, 4096, "acb37719c99f3ac554ecbbccb8910616915a08e5a67bd3b9778694c60e673da4")]
    [TestCase(129, 12288, "6093a2333523050b628581510028976d3d3e9c62458642a83727e6df641397a4")]
    [TestCase(200, 12288, "c11bcf55aa417dbdeb7daf32ed6cf100132eb4c5e0e13f73590fcd4cf10d2fed")]
    public void Build_Ramp_GivesTheRootHashOfTheVector(int blocks, int treeBytes, string root)
    {
        (byte[] tree, RootHash hash) = Build(TestPackage.Ramp(blocks));
        Assert.That((tree.Length, hash.ToString()), Is.EqualTo((treeBytes, root)));
    }

    [TestCase(16384, 528384, "1cef239a7493a1a8913fb5ee549ea91c0617877c6c9a635798c7a1fec3746b5b")]
    [TestCase(16385, 540672, "a4560fc95e80c4d31644794c9dfe6e2cf072bb0e4c9df65a03ea775b9dd8c935")]
    public void Build_Zeros_GivesTheRootHashOfTheVector(int blocks, int treeBytes, string root)
    {
        (byte[] tree, RootHash hash) = Build(new byte[blocks * 4096]);
        Assert.That((tree.Length, hash.ToString()), Is.EqualTo((treeBytes, root)));
    }

    [Test]
    public void Build_TwoLevels_PutsTheTopLevelFirst()
    {
        byte[] tree = Build(TestPackage.Ramp(200)).Tree;
        Assert.Multiple(() =>
        {
            Assert.That(Digest(tree, 0), Is.EqualTo("acb37719c99f3ac554ecbbccb8910616915a08e5a67bd3b9778694c60e673da4"));
            Assert.That(Digest(tree, 32), Is.EqualTo("73afe175b9e18144f266c64efdb3a542413986afce99989533980eb5a9897a5a"));
            Assert.That(tree.AsSpan(64, 4032).ToArray(), Is.All.Zero);
            Assert.That(Digest(tree, 4096), Is.EqualTo("4ce3ecf32c133bf6321901b6092219474b6ac91a19d0304621d629e6bb9987dc"));
            Assert.That(Digest(tree, 4096 + (127 * 32)), Is.EqualTo("66f76e5a726269d63d30c674bad83106beb97d5fa3156ebc92c4630fad323019"));
            Assert.That(Digest(tree, 4096 + (128 * 32)), Is.EqualTo("22de1dd376b780281764996a1cf7b35bdcd149003251150cc5600e069df8a147"));
            Assert.That(Digest(tree, 4096 + (199 * 32)), Is.EqualTo("93d75b7295b969f89bad2aa4827e33337be268c07aa57269f7b7808700adde6a"));
            Assert.That(tree.AsSpan(8192 + 2304, 1792).ToArray(), Is.All.Zero);
        });
    }

    [TestCase(0)]
    [TestCase(4095)]
    [TestCase(4097)]
    public void U080_Build_LengthThatIsNoMultipleOfTheBlock_IsRefused(int length) =>
        Assert.That(() => new HashTreeLayout(length), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void U080_Build_AnyImageAndSalt_AgreesWithVeritysetup([Values(1, 2, 128, 129, 16385)] int blocks, [Values(0, 1, 32, 256)] int saltLength)
    {
        Tool.Require("veritysetup");
        byte[] image = new byte[blocks * 4096];
        byte[] salt = new byte[saltLength];
        Random random = new(blocks + saltLength);
        random.NextBytes(image);
        random.NextBytes(salt);
        (byte[] tree, RootHash root) = Build(image, salt);
        byte[] verity = [.. new VeritySuperblock(TestPackage.Uuid, blocks, salt).Encode(), .. tree];
        using TestFolder folder = new();
        string path = folder.Write("image", image);
        string saltText = saltLength == 0 ? "-" : Convert.ToHexStringLower(salt);
        (int exitCode, string output) = Tool.Run(
            "veritysetup", "format", path, path, "--hash-offset", $"{image.Length}", "--salt", saltText, "--uuid", TestPackage.Uuid.ToString());
        Assert.That(exitCode, Is.Zero, output);
        Assert.Multiple(() =>
        {
            Assert.That(RootLine().Match(output).Groups[1].Value, Is.EqualTo(root.ToString()));
            Assert.That(File.ReadAllBytes(path).AsSpan(image.Length).SequenceEqual(verity), Is.True, "superblock and tree are the same bytes");
        });
    }

    private static (byte[] Tree, RootHash Root) Build(byte[] image) => Build(image, TestPackage.Salt);

    private static (byte[] Tree, RootHash Root) Build(byte[] image, byte[] salt)
    {
        using TestFolder folder = new();
        using PackageFile file = PackageFile.Open(folder.Write("image", image));
        return HashTree.Build(file, 0, image.Length, salt, null, CancellationToken.None);
    }

    private static string Digest(byte[] tree, int offset) => Convert.ToHexStringLower(tree.AsSpan(offset, 32));

    [GeneratedRegex(@"Root hash:\s+([0-9a-f]{64})")]
    private static partial Regex RootLine();
}
