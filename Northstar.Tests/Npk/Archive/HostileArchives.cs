// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>Crafted archives that some zip program would read, and that are no packages; each with the rule that refuses it.</summary>
internal static partial class HostileArchives
{
    private static readonly byte[] s_image = TestPackage.Image(2);

    /// <summary>One of them.</summary>
    internal sealed record Case(string Name, byte[] Archive, NpkRule Rule);

    /// <summary>Gets all of them; the names are unique.</summary>
    internal static IEnumerable<Case> All => EndRecords().Concat(Directories()).Concat(Headers()).Concat(Extras()).Concat(Layouts()).Concat(Contents());

    /// <summary>Gets a good package as 0.9.0 and 0.9.1 wrote it.</summary>
    internal static byte[] Good => Plain().ToArray();

    private static IEnumerable<Case> EndRecords()
    {
        yield return new("empty file", [], NpkRules.ZipEmpty);
        yield return new("no zip", "#!/bin/sh\nexit 0\n"u8.ToArray(), NpkRules.ZipNoEnd);
        yield return new("one byte", [80], NpkRules.ZipNoEnd);
        foreach (int length in new[] { 21, 100, 4096, Good.Length - 100 })
        {
            yield return new($"cut off to {length}", Good[..length], NpkRules.ZipNoEnd);
        }

        yield return new("cut off within the comment", Good[..^1], NpkRules.ZipEndCutOff);
        yield return new("cut off within the end record", Good[..^20], NpkRules.ZipEndCutOff);
        yield return new("trailing byte", [.. Good, 0], NpkRules.ZipTrailingBytes);
        yield return new("trailing text", [.. Good, .. "\n#!/bin/sh\n"u8], NpkRules.ZipTrailingBytes);
        yield return new("comment shorter than its length", Patch(Good, 20, 16), NpkRules.ZipEndCutOff);
        yield return new("comment longer than its length", Patch(Good, 20, 14), NpkRules.ZipTrailingBytes);
        byte[] end = new RawZip { Comment = [] }.ToArray();
        yield return new("end record in the comment", Plain(end).ToArray(), NpkRules.ZipTwoEnds);
        yield return new("whole archive in the comment", Plain(new RawZip { Comment = [] }.Add("manifest.yaml", []).AddImage([]).ToArray()[4090..]).ToArray(), NpkRules.ZipTwoEnds);
        yield return new("start of an end record in the comment", Plain("PK\x05\x06"u8.ToArray()).ToArray(), NpkRules.ZipEndCutOff);
        yield return new("this disk is the second", Patch(Good, 4, 1), NpkRules.ZipDisks);
        yield return new("directory on the second disk", Patch(Good, 6, 1), NpkRules.ZipDisks);
        yield return new("both on the second disk", Patch(Patch(Good, 4, 1), 6, 1), NpkRules.ZipDisks);
        yield return new("counts differ", Patch(Good, 8, 3), NpkRules.ZipCountsDiffer);
        yield return new("huge entry count on this disk", Patch(Good, 8, 0xFFFF), NpkRules.ZipCountsDiffer);
        yield return new("huge entry count", Patch(Patch(Good, 8, 0xFFFF), 10, 0xFFFF), NpkRules.ZipEntryCount);
        yield return new("no entries", new RawZip().ToArray(), NpkRules.ZipEntryCount);
        yield return new("one entry", Manifest().ToArray(), NpkRules.ZipEntryCount);
        yield return new("four entries", Manifest().AddImage(s_image).Add("signature.yaml", []).Add("fs.img", []).ToArray(), NpkRules.ZipEntryCount);
    }

    private static IEnumerable<Case> Directories()
    {
        yield return new("huge directory", Patch32(Good, 12, 0x7FFFFFFF), NpkRules.ZipDirectoryTooLarge);
        yield return new("negative-looking directory size", Patch32(Good, 12, 0xFFFFFFFF), NpkRules.ZipDirectoryTooLarge);
        yield return new("prefix byte", [0, .. Good], NpkRules.ZipDirectoryEnd);
        yield return new("second archive behind", [.. Good, .. Good], NpkRules.ZipDirectoryEnd);
        yield return new("directory offset one less", Patch32(Good, 16, Field32(Good, 16) - 1), NpkRules.ZipDirectoryEnd);
        yield return new("directory offset in the middle", Patch32(Good, 16, 4096), NpkRules.ZipDirectoryEnd);
        yield return new("zip64 directory without need", Patch32(Good, 16, 0xFFFFFFFF), NpkRules.Zip64Needless);
        yield return new(
            "directory begins later and is shorter", Patch32(Patch32(Good, 16, Field32(Good, 16) + 1), 12, Field32(Good, 12) - 1), NpkRules.ZipNoRecord);
        yield return new("count above the records", Patch(Patch(Good, 8, 3), 10, 3), NpkRules.ZipNoRecord);
        yield return new("count below the records", Patch(Patch(Three(), 8, 2), 10, 2), NpkRules.ZipDirectoryRest);
        yield return new("name beyond the directory", PatchLastRecord(28, 7), NpkRules.ZipRecordCutOff);
        yield return new("extra field beyond the directory", PatchLastRecord(30, 0xFFFF), NpkRules.ZipRecordCutOff);
        yield return new("unknown entry", Manifest().Add("extra", [1]).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("empty name", Manifest().Add("", [1]).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("directory entry", Manifest().Add("fs.img/", []).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("upper case name", new RawZip().Add("Manifest.yaml", []).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("dot in name", new RawZip().Add("./manifest.yaml", []).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("parent in name", Manifest().Add("../fs.img", []).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("name with zero", new RawZip().Add("manifest.yaml\0", []).AddImage(s_image).ToArray(), NpkRules.ZipUnknownName);
        yield return new("manifest twice", Manifest().Add("manifest.yaml", TestPackage.Manifest).AddImage(s_image).ToArray(), NpkRules.ZipEntryTwice);
        yield return new(
            "manifest twice, around the image", Manifest().AddImage(s_image).Add("manifest.yaml", TestPackage.Manifest).ToArray(), NpkRules.ZipEntryTwice);
        yield return new("image twice", Manifest().AddImage(s_image).AddImage(s_image).ToArray(), NpkRules.ZipEntryTwice);
        yield return new(
            "image twice, in front", new RawZip().AddImage(s_image).AddImage(s_image).Add("manifest.yaml", []).ToArray(), NpkRules.ZipEntryTwice);
        yield return new(
            "signature twice", new RawZip().Add("signature.yaml", []).Add("signature.yaml", []).AddImage(s_image).ToArray(), NpkRules.ZipEntryTwice);
    }

    private static RawZip Manifest() => new RawZip().Add("manifest.yaml", TestPackage.Manifest);

    private static RawZip Plain() => Manifest().AddImage(s_image);

    private static RawZip Plain(byte[] comment) =>
        new RawZip { Comment = comment }.Add("manifest.yaml", TestPackage.Manifest).AddImage(s_image);

    private static byte[] Three() => Manifest().Add("signature.yaml", [1]).AddImage(s_image).ToArray();

    /// <summary>Sets 16 bits at an offset of the end record of a copy.</summary>
    private static byte[] Patch(byte[] archive, int field, ushort value)
    {
        byte[] patched = [.. archive];
        BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(End(archive) + field), value);
        return patched;
    }

    private static byte[] Patch32(byte[] archive, int field, uint value)
    {
        byte[] patched = [.. archive];
        BinaryPrimitives.WriteUInt32LittleEndian(patched.AsSpan(End(archive) + field), value);
        return patched;
    }

    private static uint Field32(byte[] archive, int field) => BinaryPrimitives.ReadUInt32LittleEndian(archive.AsSpan(End(archive) + field));

    private static int End(byte[] archive) => archive.Length - TestPackage.Comment.Length - ZipLayout.End.Length;

    /// <summary>Sets 16 bits of the last record of the central directory of a good package.</summary>
    private static byte[] PatchLastRecord(int field, ushort value)
    {
        byte[] patched = Good;
        int record = End(patched) - ZipLayout.Central.Length - "fs.img".Length;
        BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(record + field), value);
        return patched;
    }
}
