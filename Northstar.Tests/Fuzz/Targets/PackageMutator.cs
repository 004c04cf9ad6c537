// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// Changes packages: bytes near the records, fields of the records, entries whose checksums and offsets are put right again, and archives with entries missing,
/// doubled or in another order.
/// </summary>
/// <param name="sign">Whether a changed entry is signed again, so that what lies behind the signature is reached.</param>
internal sealed class PackageMutator(bool sign) : IMutator
{
    private static readonly (int Offset, int Width)[] s_local =
    [
        (ZipLayout.Local.VersionNeeded, 2), (ZipLayout.Local.Flags, 2), (ZipLayout.Local.Method, 2), (ZipLayout.Local.Time, 2), (ZipLayout.Local.Crc, 4),
        (ZipLayout.Local.CompressedSize, 4),
        (ZipLayout.Local.Size, 4), (ZipLayout.Local.NameLength, 2), (ZipLayout.Local.ExtraLength, 2),
    ];

    private static readonly (int Offset, int Width)[] s_central =
    [
        (ZipLayout.Central.VersionNeeded, 2), (ZipLayout.Central.Flags, 2), (ZipLayout.Central.Method, 2), (ZipLayout.Central.Crc, 4),
        (ZipLayout.Central.CompressedSize, 4), (ZipLayout.Central.Size, 4),
        (ZipLayout.Central.NameLength, 2), (ZipLayout.Central.ExtraLength, 2), (ZipLayout.Central.CommentLength, 2), (ZipLayout.Central.Disk, 2),
        (ZipLayout.Central.ExternalAttributes, 4),
        (ZipLayout.Central.HeaderOffset, 4),
    ];

    private static readonly (int Offset, int Width)[] s_end =
    [
        (ZipLayout.End.Disk, 2), (ZipLayout.End.DirectoryDisk, 2), (ZipLayout.End.DiskEntries, 2), (ZipLayout.End.Entries, 2), (ZipLayout.End.DirectorySize, 4),
        (ZipLayout.End.DirectoryOffset, 4),
        (ZipLayout.End.CommentLength, 2),
    ];

    private readonly ByteMutator _bytes = new(["PK\x01\x02"u8.ToArray(), "PK\x03\x04"u8.ToArray(), "PK\x05\x06"u8.ToArray(), "PK\x06\x06"u8.ToArray(),
        "manifest.yaml"u8.ToArray(), "fs.img"u8.ToArray()]);
    private readonly TextMutator _text = new(["---", "version: ", "hash", "verity-offset: ", "name", "uid", "init", "foo"], [TestPackage.Manifest, TestPackage.Comment]);

    /// <inheritdoc/>
    public byte[] Mutate(FuzzRandom random, byte[] input, IReadOnlyList<byte[]> pool)
    {
        int kind = random.Below(10);
        return sign ? (kind < 8 ? ChangePart(random, input, pool) : ChangeFields(random, ChangePart(random, input, pool)))
            : kind < 3 ? ChangeNear(random, input)
            : kind < 6 ? ChangeFields(random, (byte[])input.Clone())
            : kind < 8 ? ChangePart(random, input, pool)
            : kind < 9 ? Arrange(random, input)
            : _bytes.Mutate(random, input, pool);
    }

    /// <summary>Changes single bytes where the archive and the superblocks are, not in the middle of data.</summary>
    private static byte[] ChangeNear(FuzzRandom random, byte[] input)
    {
        byte[] bytes = (byte[])input.Clone();
        for (int left = random.Few(4); left > 0 && bytes.Length > 0; left--)
        {
            int range = Math.Min(bytes.Length, random.Below(4) switch { 0 => 60, 1 => 250, _ => 700 });
            int at = random.OneIn(2) ? random.Below(range) : bytes.Length - 1 - random.Below(range);
            bytes = random.Below(6) switch
            {
                0 => [.. bytes[..at], (byte)random.Below(256), .. bytes[at..]],
                1 => [.. bytes[..at], .. bytes[(at + 1)..]],
                2 when random.OneIn(4) => bytes[..at],
                _ => Set(bytes, at, (byte)random.Below(256)),
            };
        }

        return bytes;
    }

    private static byte[] ChangeFields(FuzzRandom random, byte[] bytes)
    {
        for (int left = random.Few(3); left > 0; left--)
        {
            switch (random.Below(3))
            {
                case 0:
                    ChangeField(random, bytes, PackageParts.Records(bytes, "PK\x03\x04"u8, ZipLayout.Local.Length), s_local);
                    break;
                case 1:
                    ChangeField(random, bytes, PackageParts.Records(bytes, "PK\x01\x02"u8, ZipLayout.Central.Length), s_central);
                    break;
                default:
                    ChangeField(random, bytes, PackageParts.Records(bytes, "PK\x05\x06"u8, ZipLayout.End.Length), s_end);
                    break;
            }
        }

        return bytes;
    }

    private static void ChangeField(FuzzRandom random, byte[] bytes, List<int> records, (int Offset, int Width)[] fields)
    {
        if (records.Count > 0)
        {
            (int offset, int width) = random.Pick(fields);
            ByteMutator.SetInteger(random, bytes, random.Pick(records) + offset, width);
        }
    }

    private byte[] ChangePart(FuzzRandom random, byte[] input, IReadOnlyList<byte[]> pool)
    {
        if (PackageParts.TryTake(input) is not { } parts)
        {
            return _bytes.Mutate(random, input, pool);
        }

        Func<byte[], byte[]> document = static hashes => hashes;
        switch (random.Below(6))
        {
            case 0:
                parts = parts with { Manifest = _text.Mutate(random, parts.Manifest, [parts.Manifest]) };
                break;
            case 1:
                parts = parts with { Comment = _text.Mutate(random, parts.Comment, [parts.Comment]) };
                break;
            case 2 when sign:
                document = hashes => _text.Mutate(random, hashes, [hashes]);
                break;
            case 2 when parts.Signature is not null:
                parts = parts with { Signature = _text.Mutate(random, parts.Signature, [parts.Signature]) };
                break;
            case 3:
                parts = parts with { Image = ChangeSuperblock(random, parts.Image, random.Below(Math.Max(1, parts.Image.Length / 4096)) * 4096) };
                break;
            case 4:
                parts = parts with { Image = ChangeSuperblock(random, parts.Image, 0) };
                break;
            default:
                parts = parts with
                {
                    Image = random.OneIn(2) ? parts.Image[..(random.Below((parts.Image.Length / 512) + 1) * 512)] : [.. parts.Image,
                    .. new byte[random.Pick([512, 4096, 1])]]
                };
                break;
        }

        return (sign ? parts.Sign(document) : parts).Write();
    }

    private static byte[] ChangeSuperblock(FuzzRandom random, byte[] image, int block)
    {
        byte[] changed = (byte[])image.Clone();
        for (int left = random.Few(3); left > 0 && changed.Length >= block + 400; left--)
        {
            int width = 1 << random.Below(4);
            ByteMutator.SetInteger(random, changed, block + (random.Below(random.OneIn(4) ? 400 / width : 96 / width) * width), width);
        }

        return changed;
    }

    /// <summary>Writes the entries in another order, some twice, some not, with a quirk here and there.</summary>
    private static byte[] Arrange(FuzzRandom random, byte[] input)
    {
        if (PackageParts.TryTake(input) is not { } parts)
        {
            return input;
        }

        (string Name, byte[] Data)[] entries = [(StoredEntry.ManifestName, parts.Manifest), (StoredEntry.ImageName, parts.Image),
        (StoredEntry.SignatureName, parts.Signature ?? "---"u8.ToArray())];
        var zip = new RawZip { Comment = parts.Comment, VersionNeeded = (ushort)(random.OneIn(8) ? 10 : 20) };
        for (int left = random.Between(1, 4); left > 0; left--)
        {
            (string name, byte[] data) = random.Pick(entries);
            RawZip.Quirk quirk = random.Below(10) switch
            {
                0 => new RawZip.Quirk { LocalExtra = [1, 0, 4, 0, 1, 2, 3, 4] },
                1 => new RawZip.Quirk { CentralExtra = [0x75, 0x70, 5, 0, 1, 2, 3, 4, 5] },
                2 => new RawZip.Quirk { CentralComment = [1] },
                3 => new RawZip.Quirk { LocalName = random.Pick(entries).Name },
                4 => new RawZip.Quirk { GapBefore = [0] },
                5 => new RawZip.Quirk { HeaderOffset = 0 },
                _ => new RawZip.Quirk(),
            };
            zip = name == StoredEntry.ImageName && !random.OneIn(4) ? zip.AddImage(data, random.OneIn(6) ? 4 : 0) : zip.Add(name, data, quirk);
        }

        return zip.ToArray(random.OneIn(8) ? [0] : null);
    }

    private static byte[] Set(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }
}
