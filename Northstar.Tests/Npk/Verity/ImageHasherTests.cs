// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Verity;

/// <summary>Hashing an image while its package arrives.</summary>
[TestFixture]
internal sealed class ImageHasherTests
{
    private const int LeafBytes = 128 * 4096;

    private static readonly byte[] s_package = TestPackage.Signed(TestPackage.Image(3 * 128 + 5));
    private static readonly ImageHashing s_hashing = new(4096, Convert.ToHexStringLower(TestPackage.Salt));

    private TestFolder _folder = null!;
    private SafeFileHandle _staging = null!;
    private string _path = "";

    [SetUp]
    public void MakeFile()
    {
        _folder = new TestFolder();
        _path = _folder.Write("package", []);
        _staging = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    [TearDown]
    public void RemoveFile()
    {
        _staging.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void TryRead_Package_FindsWhereItsImageBeginsAndItsSalt()
    {
        RandomAccess.Write(_staging, s_package, 0);
        Assert.That(ImageHashing.TryRead(_staging), Is.EqualTo(s_hashing));
        Assert.That(_staging.IsClosed, Is.False);
    }

    [TestCase(0)]
    [TestCase(1000)]
    [TestCase(100_000)]
    public void TryRead_WhatIsNoPackage_IsNull(int length)
    {
        RandomAccess.Write(_staging, s_package.AsSpan(0, length), 0);
        Assert.That(ImageHashing.TryRead(_staging), Is.Null);
    }

    [TestCase(0, "", true)]
    [TestCase(4096, "00ff", true)]
    [TestCase(4096, "0", false)]
    [TestCase(4096, "0G", false)]
    [TestCase(4096, "FF", false)]
    [TestCase(4095, "ff", false)]
    [TestCase(-4096, "ff", false)]
    public void IsPossible_Tells(long offset, string salt, bool expected)
    {
        Assert.That(new ImageHashing(offset, salt).IsPossible, Is.EqualTo(expected));
        if (!expected)
            Assert.That(() => new ImageHasher(_staging, new ImageHashing(offset, salt)), Throws.ArgumentException);
    }

    [Test]
    public void IsPossible_Salt_HasALimit() => Assert.That(
        (new ImageHashing(0, new string('0', 512)).IsPossible, new ImageHashing(0, new string('0', 514)).IsPossible), Is.EqualTo((true, false)));

    [Test]
    public void H15_VerifyWith_GoodPackage_AcceptsIt([Values(1000, 4096, 300_000, 10_000_000)] int piece) => Verify(Receive(s_package, s_hashing, piece));

    /// <summary>What was hashed once is not read again.</summary>
    [Test]
    public void VerifyWith_UsesWhatWasHashed()
    {
        ImageHasher hasher = Receive(s_package, s_hashing, 100_000);
        Assert.That(() => hasher.DigestsOf(2).Length == 4096, Is.True.After(10_000, 5), "three leaves are whole");
        RandomAccess.Write(_staging, "changed"u8, 4096 + (2 * LeafBytes));
        Verify(hasher);
        Assert.That(() => Verify(new ImageHasher(_staging, s_hashing)), Throws.TypeOf<NpkException>().With.Message.Contains("data block 256 does not match"));
    }

    /// <summary>The last piece of the image is not a whole leaf and is hashed at the end.</summary>
    [TestCase(0)]
    [TestCase(200)]
    [TestCase(383)]
    [TestCase(384)]
    [TestCase(388)]
    public void H15_VerifyWith_DamagedBlock_NamesIt(int block)
    {
        byte[] damaged = [.. s_package];
        damaged[4096 + (block * 4096) + 1000] ^= 1;
        Assert.That(() => Verify(Receive(damaged, s_hashing, 100_000)), Throws.TypeOf<NpkException>().With.Message.Contains($"data block {block} does not match"));
    }

    [Test]
    public void H15_VerifyWith_DamagedTree_IsRefused()
    {
        byte[] damaged = [.. s_package];
        damaged[4096 + (389 * 4096) + 4096 + 4096 + 100] ^= 1;
        Assert.That(() => Verify(Receive(damaged, s_hashing, 100_000)), Throws.TypeOf<NpkException>().With.Message.Contains("of the hash tree does not match"));
    }

    /// <summary>A claim that is wrong costs time: neither does it make a good package a bad one nor the other way round.</summary>
    [TestCase(0, "000102")]
    [TestCase(8192, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [TestCase(4096, "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [TestCase(1L << 60, "")]
    public void H15_VerifyWith_WrongClaim_VerifiesWhatIsThere(long offset, string salt)
    {
        var wrong = new ImageHashing(offset, salt);
        Verify(Receive(s_package, wrong, 100_000));
        byte[] damaged = [.. s_package];
        damaged[4096 + 1000] ^= 1;
        Assert.That(() => Verify(Receive(damaged, wrong, 100_000)), Throws.TypeOf<NpkException>().With.Message.Contains("data block 0 does not match"));
    }

    /// <summary>More is said to be there than is.</summary>
    [Test]
    public void Arrived_WithoutTheBytes_LeavesThemForLater()
    {
        using (var early = new ImageHasher(_staging, s_hashing))
        {
            early.Arrived(s_package.Length);
            early.Dispose();
            Assert.That(early.DigestsOf(0).IsEmpty);
        }

        Verify(Receive(s_package, s_hashing, 100_000));
    }

    private ImageHasher Receive(byte[] package, ImageHashing hashing, int piece)
    {
        var hasher = new ImageHasher(_staging, hashing);
        for (int at = 0; at < package.Length; at += piece)
        {
            ReadOnlySpan<byte> part = package.AsSpan(at, Math.Min(piece, package.Length - at));
            RandomAccess.Write(_staging, part, at);
            hasher.Arrived(at + part.Length);
        }

        return hasher;
    }

    private void Verify(ImageHasher hasher)
    {
        using var package = NpkPackage.Open(_path, TestPackage.Trusting);
        package.VerifyWith(hasher);
    }
}
