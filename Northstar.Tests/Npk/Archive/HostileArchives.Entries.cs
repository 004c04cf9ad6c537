// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>Archives whose frame is right and whose entries are not.</summary>
internal static partial class HostileArchives
{
    private static IEnumerable<Case> Headers()
    {
        yield return Image("deflated image", new() { Method = 8 }, NpkRules.ZipCompressed);
        yield return Image("image of method 1", new() { Method = 1 }, NpkRules.ZipCompressed);
        yield return new(
            "deflated manifest", new RawZip().Add("manifest.yaml", TestPackage.Manifest, new() { Method = 8 }).AddImage(s_image).ToArray(),
            NpkRules.ZipCompressed);
        yield return Image("encrypted", new() { Flags = 1 }, NpkRules.ZipEncrypted);
        yield return Image("strongly encrypted", new() { Flags = 0x40 }, NpkRules.ZipEncrypted);
        yield return Image("encrypted directory", new() { Flags = 0x2000 }, NpkRules.ZipEncrypted);
        yield return Image("data descriptor", new() { Flags = 8 }, NpkRules.ZipDataDescriptor);
        yield return Image("patch data", new() { Flags = 0x20 }, NpkRules.ZipFlags);
        yield return Image("name in UTF-8", new() { Flags = 0x800 }, NpkRules.ZipFlags);
        yield return new(
            "unknown version", new RawZip { VersionNeeded = 45 }.Add("manifest.yaml", []).AddImage(s_image).ToArray(), NpkRules.ZipVersion);
        yield return Image("other version in the directory", new() { Central = [(6, 10)] }, NpkRules.ZipMadeBy);
        yield return Image("made on another system", new() { Central = [(4, 0x002E)] }, NpkRules.ZipMadeBy);
        yield return Image("symbolic link", new() { Central = [(40, 0xA1FF)] }, NpkRules.ZipAttributes);
        yield return Image("other mode", new() { Central = [(40, 0x89ED)] }, NpkRules.ZipAttributes);
        yield return Image("DOS directory", new() { Central = [(38, 0x10)] }, NpkRules.ZipAttributes);
        yield return Image("text", new() { Central = [(36, 1)] }, NpkRules.ZipAttributes);
        yield return Image("entry on the second disk", new() { Central = [(34, 1)] }, NpkRules.ZipEntryDisk);
        yield return Image("comment of an entry", new() { CentralComment = [65] }, NpkRules.ZipEntryComment);
        yield return Image("compressed size differs", new() { CentralCompressedSize = 1 }, NpkRules.ZipCompressedSize);
        yield return Image("other size in the directory", new() { CentralSize = 4096 }, NpkRules.ZipSizesDiffer);
        yield return Image("negative-looking size", new() { CentralSize = 0xFFFFFFFF }, NpkRules.ZipSizesDiffer);
        yield return Image("negative-looking size in the local header", new() { Local = [(22, 0xFFFF), (24, 0xFFFF)] }, NpkRules.ZipSizesDiffer);
        yield return Image("compressed size differs in the local header", new() { Local = [(18, 1)] }, NpkRules.ZipSizesDiffer);
        yield return Image("other checksum in the local header", new() { Local = [(14, 1)] }, NpkRules.ZipChecksumsDiffer);
        yield return Image("other version in the local header", new() { Local = [(4, 10)] }, NpkRules.ZipHeadersDiffer);
        yield return Image("encrypted by the local header", new() { Local = [(6, 1)] }, NpkRules.ZipHeadersDiffer);
        yield return Image("data descriptor by the local header", new() { Local = [(6, 8)] }, NpkRules.ZipHeadersDiffer);
        yield return Image("deflated by the local header", new() { Local = [(8, 8)] }, NpkRules.ZipHeadersDiffer);
        yield return Image("other time in the local header", new() { Local = [(10, 1)] }, NpkRules.ZipHeadersDiffer);
        yield return Image("other date in the directory", new() { Central = [(14, 0x22)] }, NpkRules.ZipHeadersDiffer);
        yield return new(
            "other local name", new RawZip().Add("manifest.yaml", [], new() { LocalName = "manifest.yamL" }).AddImage(s_image).ToArray(),
            NpkRules.ZipNamesDiffer);
        yield return new(
            "shorter local name", new RawZip().Add("manifest.yaml", [], new() { LocalName = "manifest" }).AddImage(s_image).ToArray(),
            NpkRules.ZipNamesDiffer);
        yield return new(
            "names swapped", new RawZip().Add("manifest.yaml", s_image, new() { LocalName = "fs.img" })
                .Add("fs.img", TestPackage.Manifest, new() { LocalName = "manifest.yaml" }).ToArray(), NpkRules.ZipNamesDiffer);
        yield return Image("local header outside", new() { HeaderOffset = 0xFFFFFFF0 }, NpkRules.ZipHeaderOutside);
        yield return Image("local header elsewhere", new() { HeaderOffset = 7 }, NpkRules.ZipNoHeader);
        yield return Image("local header of the manifest", new() { HeaderOffset = 0 }, NpkRules.ZipNamesDiffer);
        yield return new("data beyond the end", DataBeyondTheEnd(), NpkRules.ZipDataOutside);
    }

    private static IEnumerable<Case> Extras()
    {
        byte[] zip64 = [1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] path = [0x75, 0x70, 4, 0, 1, 2, 3, 4];
        yield return Extra("zip64 size in the local header", zip64, [], NpkRules.ZipExtraMeaning);
        yield return Extra("zip64 size in the directory", [], zip64, NpkRules.ZipExtraMeaning);
        yield return Extra("second name", path, path, NpkRules.ZipExtraMeaning);
        yield return Extra("AES", [1, 0x99, 0, 0], [], NpkRules.ZipExtraMeaning);
        yield return Extra("zip64 size behind padding", [0x7A, 0x61, 0, 0, .. zip64], [], NpkRules.ZipExtraMeaning);
        yield return Extra("hidden text in the padding", [0x7A, 0x61, 2, 0, 65, 66], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("padding for another alignment", [0x1E, 0xA1, 4, 0, 0, 0x20, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("padding without alignment", [0x1E, 0xA1, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("padding shorter than the field", [0x7A, 0x61, 1, 0, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("padding longer than the field", [0x7A, 0x61, 3, 0, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("three bytes", [0, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("two records", [0x7A, 0x61, 0, 0, 0x7A, 0x61, 0, 0], [], NpkRules.ZipExtraNoPadding);
        yield return Extra("padding only in the directory", [], [0x7A, 0x61, 0, 0], NpkRules.ZipExtraDiffers);
        yield return Extra("other padding in the directory", [0x7A, 0x61, 0, 0], [0x7B, 0x61, 0, 0], NpkRules.ZipExtraDiffers);
        yield return Extra("endless padding", [0x7A, 0x61, 0xFB, 0xFF, .. new byte[0xFFFB]], [], NpkRules.ZipExtraTooLong);
        yield return Extra("long padding in the directory", [], [0x7A, 0x61, 2, 16, .. new byte[4098]], NpkRules.ZipExtraTooLong);
        yield return new(
            "padded manifest", new RawZip().Add("manifest.yaml", [], new() { LocalExtra = [0x7A, 0x61, 0, 0] }).AddImage(s_image).ToArray(),
            NpkRules.ZipExtraMisplaced);
    }

    private static IEnumerable<Case> Layouts()
    {
        yield return new("prefix with corrected offset of the directory", Shift([.. new byte[512], .. Good], 512), NpkRules.ZipNoHeader);
        yield return new("prefix with corrected offsets", new RawZip().Add("manifest.yaml", TestPackage.Manifest, new() { GapBefore = new byte[512], HeaderOffset = 512 })
            .AddImage(s_image).ToArray(), NpkRules.ZipPrefix);
        yield return Image("gap between entries", new() { GapBefore = new byte[10], HeaderOffset = 99 }, NpkRules.ZipGap);
        yield return new("entry within an entry", Nested(), NpkRules.ZipOverlap);
        yield return new("gap before the directory", Plain().ToArray(beforeDirectory: [0]), NpkRules.ZipDirectoryStart);
        yield return new("large gap before the directory", Plain().ToArray(beforeDirectory: new byte[70000]), NpkRules.ZipDirectoryStart);
    }

    private static IEnumerable<Case> Contents()
    {
        yield return new("large manifest", new RawZip().Add("manifest.yaml", new byte[(1 << 20) + 1]).AddImage(s_image).ToArray(), NpkRules.EntryTooLarge);
        yield return new("large signature", Manifest().Add("signature.yaml", new byte[(16 << 10) + 1]).AddImage(s_image).ToArray(), NpkRules.EntryTooLarge);
        yield return new(
            "manifest that claims 4 GiB", new RawZip().Add("manifest.yaml", [], new() { CentralSize = 0xFFFFFFFF }).AddImage(s_image).ToArray(),
            NpkRules.EntryTooLarge);
        yield return new(
            "signature that claims 2 GiB", Manifest().Add("signature.yaml", [], new() { CentralSize = 0x80000000 }).AddImage(s_image).ToArray(),
            NpkRules.EntryTooLarge);
        byte[] damaged = Good;
        damaged[43] ^= 1;
        yield return new("manifest checksum", damaged, NpkRules.EntryChecksum);
        yield return new("manifest no UTF-8", new RawZip().Add("manifest.yaml", [0xFF]).AddImage(s_image).ToArray(), NpkRules.EntryNotUtf8);
        yield return new("no manifest", new RawZip().Add("signature.yaml", []).AddImage(s_image).ToArray(), NpkRules.NoManifest);
        yield return new("no image", Manifest().Add("signature.yaml", []).ToArray(), NpkRules.NoImage);
        yield return new("long comment", Plain(new byte[4097]).ToArray(), NpkRules.CommentTooLong);
        yield return new("no comment", Plain([]).ToArray(), NpkRules.CommentMissing);
        yield return new("comment of 2020", Plain("npk_version: 0.0.2\n"u8.ToArray()).ToArray(), NpkRules.CommentNoVersion);
        yield return new("comment of zeros", Plain(new byte[100]).ToArray(), NpkRules.CommentNoVersion);
        yield return new("two versions", Plain("version: 0.9.0\nversion: 0.9.1\n"u8.ToArray()).ToArray(), NpkRules.CommentTwoVersions);
        foreach (string version in new[] { "", "0.9", "0.9.0.1", "0.09.0", "v0.9.0", "0.9.0 x", "99999999999999999999.0.0", "0.9.\u0663" })
        {
            byte[] comment = System.Text.Encoding.UTF8.GetBytes($"version: {version}\n");
            yield return new($"version '{version}'", Plain(comment).ToArray(), NpkRules.CommentVersionMalformed);
        }

        yield return new("old version", Plain("version: 0.8.9\n"u8.ToArray()).ToArray(), NpkRules.VersionTooOld);
        yield return new("unaligned image", Manifest().AddImage(s_image, misalignment: -512).ToArray(), NpkRules.ImageUnaligned);
        yield return new("odd image length", Manifest().AddImage(s_image[..^100]).ToArray(), NpkRules.ImageOddLength);
        yield return new("no squashfs", Manifest().AddImage(TestPackage.Ramp(1)).ToArray(), NpkRules.ImageNoSquashfs);
        yield return new("empty image", Manifest().AddImage([]).ToArray(), NpkRules.ImageNoSquashfs);
        yield return new("squashfs of version 3", Manifest().AddImage(Changed(28, 3)).ToArray(), NpkRules.ImageVersion);
        yield return new("squashfs that is cut off", Manifest().AddImage(s_image[..4096]).ToArray(), NpkRules.ImageUsed);
        yield return new("squashfs that uses nothing", Manifest().AddImage(Changed(40, 0)).ToArray(), NpkRules.ImageUsed);
    }

    private static Case Image(string name, RawZip.Quirk quirk, NpkRule rule) => new(name, Manifest().AddImage(s_image, 0, quirk).ToArray(), rule);

    private static Case Extra(string name, byte[] local, byte[] central, NpkRule rule) =>
        new(name, Manifest().Add("fs.img", s_image, new() { LocalExtra = local, CentralExtra = central }).ToArray(), rule);

    private static byte[] Shift(byte[] archive, uint by) => Patch32(archive, 16, Field32(archive, 16) + by);

    /// <summary>Both headers of the image say that it is as long as the file.</summary>
    private static byte[] DataBeyondTheEnd()
    {
        ushort low = (ushort)(Good.Length & 0xFFFF);
        ushort high = (ushort)(Good.Length >> 16);
        return Manifest().AddImage(s_image, 0, new()
        {
            Local = [(18, low), (20, high), (22, low), (24, high)], Central = [(20, low), (22, high), (24, low), (26, high)],
        }).ToArray();
    }

    /// <summary>The manifest, with a local header of its own, is a part of the image.</summary>
    private static byte[] Nested()
    {
        byte[] inner = new RawZip().Add("manifest.yaml", TestPackage.Manifest).ToArray();
        byte[] image = [.. s_image];
        inner.AsSpan(0, 43 + TestPackage.Manifest.Length).CopyTo(image.AsSpan(4096));
        byte[] archive = new RawZip().AddImage(image).Add("manifest.yaml", TestPackage.Manifest, new() { HeaderOffset = 8192 }).ToArray();
        return archive;
    }

    private static byte[] Changed(int offset, ushort value)
    {
        byte[] image = [.. s_image];
        image.AsSpan(offset, 8).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);
        return image;
    }
}
