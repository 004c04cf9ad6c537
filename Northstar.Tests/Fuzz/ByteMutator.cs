// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Tests.Fuzz;

/// <summary>Changes bytes without knowing what they mean: bits, integers of all widths, blocks, words of a dictionary, pieces of other inputs.</summary>
internal sealed class ByteMutator(IReadOnlyList<byte[]> dictionary) : IMutator
{
    private const int MaxLength = 256 << 10;

    private static readonly ulong[] s_integers =
    [
        0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 511, 512, 1000, 1023, 1024, 4095, 4096, 4097, 8192, 32767, 32768, 65535, 65536,
        1 << 20, (1 << 20) + 1, int.MaxValue, 0x80000000, uint.MaxValue - 1, uint.MaxValue, 0x100000000, long.MaxValue, 0x8000000000000000,
        ulong.MaxValue - 4095, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    /// <inheritdoc/>
    public byte[] Mutate(FuzzRandom random, byte[] input, IReadOnlyList<byte[]> pool)
    {
        byte[] bytes = (byte[])input.Clone();
        for (int left = random.Few(6); left > 0; left--)
        {
            bytes = Step(random, bytes, pool);
        }

        return bytes.Length <= MaxLength ? bytes : bytes[..MaxLength];
    }

    /// <summary>Overwrites the integer of <paramref name="width"/> bytes at <paramref name="offset"/> with a number that is likely to be a limit.</summary>
    internal static void SetInteger(FuzzRandom random, byte[] bytes, int offset, int width)
    {
        Span<byte> field = bytes.AsSpan(offset, width);
        bool littleEndian = !random.OneIn(4);
        ulong value = unchecked(random.Below(3) switch
        {
            0 => random.Pick(s_integers),
            1 => Get(field, littleEndian) + (ulong)random.Between(-35, 35),
            _ => (ulong)(bytes.Length + random.Between(-64, 64)),
        });
        Set(field, littleEndian, value);
    }

    private byte[] Step(FuzzRandom random, byte[] bytes, IReadOnlyList<byte[]> pool)
    {
        if (bytes.Length == 0)
        {
            return (byte[])random.Pick(pool).Clone();
        }

        int at = random.Below(bytes.Length);
        int length = Math.Min(bytes.Length - at, random.OneIn(4) ? random.Between(1, 4096) : random.Between(1, 24));
        switch (random.Below(12))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 2:
                bytes[at] = random.OneIn(3) ? (byte)0 : random.OneIn(3) ? (byte)255 : (byte)random.Below(256);
                return bytes;
            case 3 or 4:
                int width = Math.Min(1 << random.Below(4), bytes.Length - at);
                SetInteger(random, bytes, at, width);
                return bytes;
            case 5:
                return bytes[..at];
            case 6:
                byte[] end = new byte[length];
                end.AsSpan().Fill(random.OneIn(2) ? (byte)0 : (byte)random.Below(256));
                return [.. bytes, .. end];
            case 7:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 8:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 9:
                bytes.AsSpan(at, length).CopyTo(bytes.AsSpan(random.Below(bytes.Length - length + 1)));
                return bytes;
            case 10:
                return Splice(random, bytes, at, random.Pick(pool));
            default:
                return Word(random, bytes, at);
        }
    }

    private static byte[] Splice(FuzzRandom random, byte[] bytes, int at, byte[] other)
    {
        if (other.Length == 0)
        {
            return bytes;
        }

        int from = random.OneIn(2) ? Math.Min(at, other.Length - 1) : random.Below(other.Length);
        int length = random.OneIn(2) ? other.Length - from : random.Between(1, other.Length - from);
        return random.OneIn(2)
            ? [.. bytes[..at], .. other[from..(from + length)]]
            : [.. bytes[..at], .. other[from..(from + length)], .. bytes[at..]];
    }

    private byte[] Word(FuzzRandom random, byte[] bytes, int at)
    {
        if (dictionary.Count == 0)
        {
            return bytes;
        }

        byte[] word = random.Pick(dictionary);
        int end = random.OneIn(2) ? at : Math.Min(bytes.Length, at + word.Length);
        return [.. bytes[..at], .. word, .. bytes[end..]];
    }

    private static ulong Get(ReadOnlySpan<byte> field, bool littleEndian)
    {
        Span<byte> wide = stackalloc byte[8];
        field.CopyTo(littleEndian ? wide : wide[(8 - field.Length)..]);
        return littleEndian ? BinaryPrimitives.ReadUInt64LittleEndian(wide) : BinaryPrimitives.ReadUInt64BigEndian(wide);
    }

    private static void Set(Span<byte> field, bool littleEndian, ulong value)
    {
        Span<byte> wide = stackalloc byte[8];
        if (littleEndian)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
            wide[..field.Length].CopyTo(field);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(wide, value);
            wide[(8 - field.Length)..].CopyTo(field);
        }
    }
}
