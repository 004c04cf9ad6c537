// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;

namespace Northstar.Tests.Npk.Archive;

[TestFixture]
internal sealed class Crc32Tests
{
    /// <summary>Lengths around the sizes in which a gzip stream passes data on.</summary>
    private static readonly int[] s_lengths =
        [.. Enumerable.Range(0, 300), .. Enumerable.Range(8160, 64), .. Enumerable.Range(65520, 32), (512 << 10) - 1, 512 << 10, (512 << 10) + 1];

    /// <summary>The check value that catalogues of checksums give for CRC-32/ISO-HDLC.</summary>
    [Test]
    public void Append_CheckString_GivesTheCheckValue() => Assert.That(Crc32.Append(0, "123456789"u8), Is.EqualTo(0xCBF43926));

    [Test]
    public void Append_AnyLength_AgreesWithTheDefinition()
    {
        byte[] data = Data(s_lengths[^1]);
        uint[] expected = Definition(data);
        Assert.That(s_lengths.Where(length => Crc32.Append(0, data.AsSpan(0, length)) != expected[length]), Is.Empty);
    }

    [Test]
    public void Append_PieceByPiece_GivesTheChecksumOfTheWhole()
    {
        byte[] data = Data(100_000);
        uint whole = Definition(data)[^1];
        foreach (int first in new[] { 0, 1, 7, 4096, 99_999, 100_000 })
        {
            uint crc = Crc32.Append(Crc32.Append(0, data.AsSpan(0, first)), data.AsSpan(first));
            Assert.That(crc, Is.EqualTo(whole), $"split at {first}");
        }
    }

    [Test]
    public void Combine_PiecesThatWereReadApart_GivesTheChecksumOfTheWhole()
    {
        byte[] data = Data(100_000);
        uint[] expected = Definition(data);
        foreach (int first in new[] { 0, 1, 50_000, 99_999, 100_000 })
        {
            uint second = Crc32.Append(0, data.AsSpan(first));
            Assert.That(Crc32.Combine(expected[first], second, data.Length - first), Is.EqualTo(expected[^1]), $"split at {first}");
        }
    }

    private static byte[] Data(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }

    /// <summary>The checksums of all beginnings of some data, bit by bit as the standard defines them.</summary>
    private static uint[] Definition(byte[] data)
    {
        uint[] checksums = new uint[data.Length + 1];
        uint register = uint.MaxValue;
        for (int i = 0; i < data.Length; i++)
        {
            register ^= data[i];
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) * 0xEDB88320);
            }

            checksums[i + 1] = ~register;
        }

        return checksums;
    }
}
