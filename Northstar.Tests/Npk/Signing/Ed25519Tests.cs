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

    /// <summary>
    /// Vectors of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020; ed25519-speccheck, cases 0 to 9): small and mixed orders, S above the
    /// order, R not canonical. Only the fourth, whose points have mixed order and fulfil the equation without cofactor, is a signature to a strict verifier.
    /// </summary>
    [TestCase("8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000", false)]
    [TestCase("9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", false)]
    [TestCase("aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e", false)]
    [TestCase("9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009", true)]
    [TestCase("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09", false)]
    [TestCase("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405", false)]
    [TestCase("85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40", "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514", false)]
    [TestCase("85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40", "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22", false)]
    [TestCase("fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607", false)]
    [TestCase("84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1", "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09", false)]
    public void Verify_EdgeCaseOfThePaper_HasTheStrictOutcome(string message, string publicKey, string signature, bool valid) =>
        Assert.That(Ed25519.Verify(Convert.FromHexString(publicKey), Convert.FromHexString(message), Convert.FromHexString(signature)), Is.EqualTo(valid));

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
