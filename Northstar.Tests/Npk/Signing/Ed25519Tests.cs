// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Numerics;
using Northstar.Npk;
using Northstar.Npk.Signing;

namespace Northstar.Tests.Npk.Signing;

/// <summary>Ed25519 by the vectors of RFC 8032 section 7.1, and the strictness that signatures of packages are verified with.</summary>
[TestFixture]
internal sealed class Ed25519Tests
{
    private static readonly BigInteger s_order =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Every encoding of the eight points of small order, the last six not canonical.</summary>
    private static readonly string[] s_smallOrder =
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    [TestCase(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [TestCase(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [TestCase(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Sign_VectorOfRfc8032_GivesItsSignature(string seed, string publicKey, string message, string signature)
    {
        using PrivateKey key = PrivateKey.FromSeed(Convert.FromHexString(seed));
        byte[] text = Convert.FromHexString(message);
        Assert.Multiple(() =>
        {
            Assert.That(Convert.ToHexStringLower(key.PublicKey.Bytes), Is.EqualTo(publicKey));
            Assert.That(Convert.ToHexStringLower(key.Sign(text)), Is.EqualTo(signature));
            Assert.That(key.PublicKey.Verify(text, Convert.FromHexString(signature)), Is.True);
            Assert.That(key.PublicKey.Verify([.. text, 0], Convert.FromHexString(signature)), Is.False);
        });
    }

    [Test]
    public void Verify_ScalarAboveTheOrder_IsRefused()
    {
        (PrivateKey key, byte[] message, byte[] signature) = Sample();
        using (key)
        {
            BigInteger scalar = new BigInteger(signature.AsSpan(32), isUnsigned: true) + s_order;
            byte[] malleable = [.. signature[..32], .. scalar.ToByteArray(isUnsigned: true).Concat(new byte[32]).Take(32)];
            Assert.That(key.PublicKey.Verify(message, malleable), Is.False);
        }
    }

    [Test]
    public void Verify_AnyBitFlipped_IsRefused()
    {
        (PrivateKey key, byte[] message, byte[] signature) = Sample();
        using (key)
        {
            for (int bit = 0; bit < 512; bit++)
            {
                byte[] other = [.. signature];
                other[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.That(key.PublicKey.Verify(message, other), Is.False, $"bit {bit}");
            }
        }
    }

    [TestCaseSource(nameof(s_smallOrder))]
    public void Verify_PointOfSmallOrder_IsRefused(string point)
    {
        byte[] bytes = Convert.FromHexString(point);
        byte[] trivial = [.. bytes, .. new byte[32]]; // R of small order, S = 0: valid for many messages where small orders are allowed
        using PrivateKey key = PrivateKey.FromSeed(new byte[32]);
        Assert.Multiple(() =>
        {
            for (byte message = 0; message < 32; message++)
            {
                Assert.That(Ed25519.Verify(bytes, [message], trivial), Is.False);
                Assert.That(key.PublicKey.Verify([message], trivial), Is.False);
            }

            Assert.That(() => PublicKey.FromBytes(bytes), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Key));
        });
    }

    [Test]
    public void Verify_WrongLengths_AreRefused()
    {
        (PrivateKey key, byte[] message, byte[] signature) = Sample();
        using (key)
        {
            Assert.Multiple(() =>
            {
                Assert.That(key.PublicKey.Verify(message, signature.AsSpan(0, 63)), Is.False);
                Assert.That(key.PublicKey.Verify(message, [.. signature, 0]), Is.False);
                Assert.That(Ed25519.Verify(key.PublicKey.Bytes[..31], message, signature), Is.False);
                Assert.That(() => PublicKey.FromBytes(new byte[31]), Throws.TypeOf<NpkException>());
                Assert.That(() => PrivateKey.FromSeed(new byte[33]), Throws.TypeOf<NpkException>());
            });
        }
    }

    [Test]
    public void Sign_DisposedKey_IsRefused()
    {
        PrivateKey key = PrivateKey.Generate();
        key.Dispose();
        Assert.That(() => key.Sign([1]), Throws.TypeOf<ObjectDisposedException>());
    }

    private static (PrivateKey Key, byte[] Message, byte[] Signature) Sample()
    {
        PrivateKey key = PrivateKey.FromSeed(new byte[32]);
        byte[] message = "message"u8.ToArray();
        return (key, message, key.Sign(message));
    }
}
