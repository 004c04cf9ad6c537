// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Archive;

/// <summary>CRC-32 as zip uses it (polynomial 0xEDB88320 reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[][] s_tables = MakeTables();

    /// <summary>Continues a checksum; start with 0.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        uint[][] t = s_tables;
        uint c = ~crc;
        while (data.Length >= 8)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ c;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            c = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
            data = data[8..];
        }

        foreach (byte b in data)
        {
            c = t[0][(c ^ b) & 0xFF] ^ (c >> 8);
        }

        return ~c;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = new uint[8][];
        for (int k = 0; k < tables.Length; k++)
        {
            tables[k] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint c = k == 0 ? i : tables[k - 1][i];
                for (int bit = 0; k == 0 && bit < 8; bit++)
                {
                    c = (c >> 1) ^ ((c & 1) * 0xEDB88320);
                }

                tables[k][i] = k == 0 ? c : tables[0][c & 0xFF] ^ (c >> 8);
            }
        }

        return tables;
    }
}
