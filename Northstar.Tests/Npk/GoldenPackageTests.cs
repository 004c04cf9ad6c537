// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>Packages that other programs made (Fixtures/packages/PROVENANCE.md).</summary>
[TestFixture]
internal sealed class GoldenPackageTests
{
    [TestCase("signed-0.9.3.npk", "0.9.3")]
    [TestCase("signed-0.9.0.npk", "0.9.0")]
    public void Open_SignedPackageMadeByOthers_IsVerified(string name, string version)
    {
        using NpkPackage package = NpkPackage.Open(PathOf(name), TestPackage.Trusting);
        package.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(package.FormatVersion, Is.EqualTo(PackageVersion.Parse(version)));
            Assert.That(package.VerifiedBy, Is.EqualTo(TestPackage.PublicKey));
            Assert.That(package.Image, Is.EqualTo(new ImageExtent(4096, 20480)));
            Assert.That(package.SquashfsLengthBytes, Is.EqualTo(12288));
            Assert.That(package.Manifest.Name.ToString(), Is.EqualTo("demo"));
            Assert.That(package.Verity!.Superblock.Uuid, Is.EqualTo(TestPackage.Uuid));
            Assert.That(package.Verity.Superblock.Salt.ToArray(), Is.EqualTo(TestPackage.Salt));
        });
    }

    [Test]
    public void Open_UnsignedPackageMadeByOthers_IsTrustedOrRefusedAsAsked()
    {
        using (NpkPackage package = NpkPackage.Open(PathOf("unsigned-0.9.1.npk")))
        {
            package.Verify();
            Assert.That((package.FormatVersion, package.IsSigned), Is.EqualTo((new PackageVersion(0, 9, 1), false)));
        }

        Refuses("unsigned-0.9.1.npk", NpkRules.NotSigned, TestPackage.Trusting);
    }

    [Test]
    public void Open_FixtureThatShouldFail_FailsByItsRule() => Assert.Multiple(() =>
    {
        Refuses("should-fail-old-version.npk", NpkRules.VersionTooOld);
        Refuses("should-fail-2020-comment.npk", NpkRules.CommentMissing);
        Refuses("vector-without-squashfs.npk", NpkRules.ImageNoSquashfs, TestPackage.Trusting);
    });

    [Test]
    public void Create_InputOfTheVector_GivesTheBytesThatOthersMade()
    {
        byte[] golden = File.ReadAllBytes(PathOf("vector-without-squashfs.npk"));
        Assert.Multiple(() =>
        {
            Assert.That(
                Convert.ToHexStringLower(SHA256.HashData(golden)), Is.EqualTo("682abc12fcd760f5f9c48a40b82e64bf22487ac86a453dd897d8c599a2761081"));
            Assert.That(TestPackage.Signed(TestPackage.Ramp(3)), Is.EqualTo(golden));
        });
    }

    [Test]
    public void Create_PartsOfASignedPackage_GivesTheBytesThatOthersMade()
    {
        byte[] golden = File.ReadAllBytes(PathOf("signed-0.9.3.npk"));
        Assert.That(TestPackage.Signed(golden[4096..(4096 + 12288)]), Is.EqualTo(golden));
    }

    [TestCase("verity-superblock.bin", 3, 32)]
    [TestCase("verity-superblock-without-salt.bin", 3, 0)]
    [TestCase("verity-superblock-of-one-block.bin", 1, 256)]
    public void C04_Superblock_OfVeritysetup_RoundTripsByteExactly(string name, int blocks, int saltLength)
    {
        byte[] block = File.ReadAllBytes(PathOf(name));
        VeritySuperblock parsed = VeritySuperblock.TryParse(block, out _, out _)!;
        Assert.Multiple(() =>
        {
            Assert.That((parsed.DataBlocks, parsed.Salt.Length, parsed.Uuid), Is.EqualTo(((long)blocks, saltLength, TestPackage.Uuid)));
            Assert.That(parsed.Encode(), Is.EqualTo(block));
        });
    }

    private static string PathOf(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", "packages", name);

    private static void Refuses(string name, NpkRule rule, NpkReaderOptions? options = null) => Assert.That(
        () => NpkPackage.Open(PathOf(name), options), Throws.TypeOf<NpkException>().With.Property("Rule").EqualTo(rule.Id), name);
}
