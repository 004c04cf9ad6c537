// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Npk.Archive;

/// <summary>The extra field of <c>fs.img</c>: one record of zeros that moves the data to a multiple of 4096. No other entry has any.</summary>
/// <remarks>
/// Two kinds are known, 0xA11E (from 0.9.2 on, with the alignment in front of the zeros) and 0x617A (before). A reader does not depend on the kind,
/// so any other is padding too, unless zip gives it a meaning.
/// </remarks>
internal static class PaddingField
{
    /// <summary>The longest padding: a record has at least 6 bytes, so up to 4095 + 6 are needed.</summary>
    internal const int MaxLength = ZipLayout.Alignment - 1 + ZipLayout.PaddingMinimum;

    private const int HeaderLength = 4;

    /// <summary>Returns the rule that an extra field breaks, or null.</summary>
    internal static NpkRule? FindFault(string entry, ReadOnlySpan<byte> extra)
    {
        if (HasMeaning(extra))
        {
            return NpkRules.ZipExtraMeaning;
        }

        return extra.IsEmpty ? null
            : entry != StoredEntry.ImageName ? NpkRules.ZipExtraMisplaced
            : IsPadding(extra) ? null : NpkRules.ZipExtraNoPadding;
    }

    private static bool IsPadding(ReadOnlySpan<byte> extra)
    {
        if (extra.Length < HeaderLength || Id(extra) != ZipLayout.PaddingId)
        {
            return extra.Length >= HeaderLength && Length(extra) == extra.Length - HeaderLength && !extra[HeaderLength..].ContainsAnyExcept((byte)0);
        }

        return extra.Length >= ZipLayout.PaddingMinimum && Length(extra) == extra.Length - HeaderLength
            && BinaryPrimitives.ReadUInt16LittleEndian(extra[HeaderLength..]) == ZipLayout.Alignment
            && !extra[ZipLayout.PaddingMinimum..].ContainsAnyExcept((byte)0);
    }

    /// <summary>Tells whether a record gives the entry another size, name or encryption for other readers.</summary>
    private static bool HasMeaning(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= HeaderLength)
        {
            if (Id(extra) is ZipLayout.Zip64Id or ZipLayout.StrongEncryptionId or ZipLayout.UnicodeCommentId or ZipLayout.UnicodePathId or ZipLayout.AesId)
            {
                return true;
            }

            extra = extra[Math.Min(extra.Length, HeaderLength + Length(extra))..];
        }

        return false;
    }

    private static ushort Id(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record);

    private static int Length(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record[2..]);
}
