// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Signing packages that exist, and signing with keys that lie elsewhere.</summary>
[TestFixture]
internal sealed class SignTests
{
    private TestFolder _folder = null!;
    private PrivateKey _other = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TestFolder();
        _other = PrivateKey.FromSeed([.. Enumerable.Range(7, 32).Select(static i => (byte)i)]);
    }

    [TearDown]
    public void TearDown()
    {
        _other.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Sign_SignedPackage_ChangesTheSignatureAlone()
    {
        string path = _folder.Write("a.npk", TestPackage.Signed(TestPackage.Image(200)));
        using NpkPackage before = NpkPackage.Open(path);
        Assert.That(NpkBuilder.Sign(before, _other, _folder["b.npk"]), Is.EqualTo(_folder["b.npk"]));
        using NpkPackage after = NpkPackage.Open(_folder["b.npk"], new NpkReaderOptions { Keys = [_other.PublicKey] });
        after.Verify();
        byte[] image = File.ReadAllBytes(path)[(int)before.Image.OffsetBytes..][..(int)before.Image.LengthBytes];
        Assert.Multiple(() =>
        {
            Assert.That(after.ManifestBytes.Span.SequenceEqual(before.ManifestBytes.Span), Is.True);
            Assert.That(after.Verity!.Superblock.Uuid, Is.EqualTo(TestPackage.Uuid));
            Assert.That(File.ReadAllBytes(_folder["b.npk"]).AsSpan((int)after.Image.OffsetBytes, image.Length).SequenceEqual(image), Is.True);
            Assert.That(() => NpkPackage.Open(_folder["b.npk"], TestPackage.Trusting), Throws.TypeOf<NpkException>());
        });
    }

    [Test]
    public void Sign_InPlaceAndBack_GivesTheFirstBytes()
    {
        // Ed25519 is deterministic, so signing back with the first key must undo it.
        byte[] bytes = TestPackage.Signed(TestPackage.Image(3));
        string path = _folder.Write("a.npk", bytes);
        using PrivateKey first = TestPackage.Key();
        foreach (PrivateKey key in new[] { _other, first })
        {
            using NpkPackage package = NpkPackage.Open(path);
            NpkBuilder.Sign(package, key, path);
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes));
        Assert.That(_folder.Names, Is.EqualTo(new[] { "a.npk" }));
    }

    [Test]
    public void Sign_UnsignedPackage_GivesASignedOne()
    {
        using NpkPackage package = NpkPackage.Open(_folder.Write("a.npk", TestPackage.Unsigned(TestPackage.Image(5))));
        NpkBuilder.Sign(package, _other, _folder["b.npk"]);
        using NpkPackage signed = NpkPackage.Open(_folder["b.npk"], new NpkReaderOptions { Keys = [_other.PublicKey] });
        Assert.That(() => signed.Verify(), Throws.Nothing);
        Assert.That(signed.Verity!.Superblock.Salt.Length, Is.EqualTo(32));
    }

    [Test]
    public void Sign_DamagedPackage_IsRefused([Values] bool signed)
    {
        byte[] image = TestPackage.Image(40);
        byte[] bytes = signed ? TestPackage.Signed(image) : TestPackage.Unsigned(image);
        bytes[4096 + (20 * 4096)] ^= 1;
        using NpkPackage package = NpkPackage.Open(_folder.Write("a.npk", bytes));
        Assert.That(
            () => NpkBuilder.Sign(package, _other, _folder["b.npk"]),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Corrupted));
        Assert.That(_folder.Names, Is.EqualTo(new[] { "a.npk" }));
    }

    [Test]
    public void H95_Pack_SignerOutsideTheProcess_SignsTheHashesDocument()
    {
        using NpkPackage package = NpkPackage.Open(_folder.Write("a.npk", TestPackage.Unsigned(TestPackage.Image(5))));
        SigningDevice device = new(_other, _other.PublicKey);
        NpkBuilder.Sign(package, device, _folder["b.npk"]);
        using NpkPackage signed = NpkPackage.Open(_folder["b.npk"], new NpkReaderOptions { Keys = [_other.PublicKey] });
        Assert.That(device.Messages, Has.Count.EqualTo(1));
        Assert.That(signed.ReadSignatureBytes().AsSpan().StartsWith(device.Messages[0]), Is.True);
    }

    [Test]
    public void H95_Pack_SignerWithAnotherKey_IsRefused()
    {
        using NpkPackage package = NpkPackage.Open(_folder.Write("a.npk", TestPackage.Unsigned(TestPackage.Image(5))));
        Assert.That(
            () => NpkBuilder.Sign(package, new SigningDevice(_other, TestPackage.PublicKey), _folder["b.npk"]),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Key).And.Message.Contains(TestPackage.PublicKey.Id));
        Assert.That(_folder.Names, Is.EqualTo(new[] { "a.npk" }));
    }
}
