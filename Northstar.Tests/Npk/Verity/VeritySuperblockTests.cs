// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Verity;

[TestFixture]
internal sealed class VeritySuperblockTests
{
    private const string Start =
        "766572697479000001000000010000000011223344556677" + "8899aabbccddeeff" + "7368613235360000000000000000000000000000000000000000000000000000"
        + "00100000001000000300000000000000" + "2000000000000000" + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private static byte[] Block => new VeritySuperblock(TestPackage.Uuid, 3, TestPackage.Salt).Encode();

    [Test]
    public void Encode_InputOfTheVector_GivesItsBytes() => Assert.Multiple(() =>
    {
        Assert.That(Block, Has.Length.EqualTo(4096));
        Assert.That(Convert.ToHexStringLower(Block.AsSpan(0, 120)), Is.EqualTo(Start));
        Assert.That(Block.AsSpan(120).ToArray(), Is.All.Zero);
    });

    [Test]
    public void TryParse_EncodedBlock_GivesTheSameFields()
    {
        VeritySuperblock? parsed = VeritySuperblock.TryParse(Block, out _, out _);
        Assert.That(parsed, Is.Not.Null);
        Assert.Multiple(() =>
        {
            Assert.That(parsed!.Uuid, Is.EqualTo(TestPackage.Uuid));
            Assert.That(parsed.DataBlocks, Is.EqualTo(3));
            Assert.That(parsed.Salt.ToArray(), Is.EqualTo(TestPackage.Salt));
        });
    }

    [Test]
    public void C04_H11_TryParse_AnyBitFlipped_IsRefusedOrEncodesToTheSameBytes()
    {
        for (int bit = 0; bit < 4096 * 8; bit++)
        {
            byte[] block = Block;
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            VeritySuperblock? parsed = VeritySuperblock.TryParse(block, out NpkRule rule, out int offset);
            bool free = bit / 8 is (>= 16 and < 32) or (>= 72 and < 82) or (>= 88 and < 120); // UUID, data blocks, salt and its length
            Assert.That(parsed is null ? rule.Code == NpkErrorCode.Verity && offset <= 4096 : free && parsed.Encode().SequenceEqual(block), Is.True, $"bit {bit}");
        }
    }

    [Test]
    public void C04_TryParse_AnyByteOfAFieldOfAnyValue_IsRefusedOrEncodesToTheSameBytes()
    {
        for (int offset = 0; offset < 344; offset++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] block = Block;
                block[offset] = (byte)value;
                Assert.That(VeritySuperblock.TryParse(block, out _, out _)?.Encode().AsSpan().SequenceEqual(block) ?? true, Is.True, $"{offset}: {value}");
            }
        }
    }

    [Test]
    public void TryParse_ShortBlock_IsRefused() => Assert.That(VeritySuperblock.TryParse(new byte[512], out _, out _), Is.Null);
}
