// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>A package taken apart without looking at whether it is right, so that it can be put together again with checksums and offsets that fit.</summary>
internal sealed record PackageParts(byte[] Manifest, byte[]? Signature, byte[] Image, byte[] Comment)
{
    /// <summary>Takes a package apart; null when its directory makes no sense at all.</summary>
    internal static PackageParts? TryTake(byte[] bytes)
    {
        int end = bytes.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || end + ZipLayout.End.Length > bytes.Length)
        {
            return null;
        }

        byte[]? manifest = null;
        byte[]? signature = null;
        byte[]? image = null;
        foreach (int record in Records(bytes, "PK\x01\x02"u8, ZipLayout.Central.Length))
        {
            int nameLength = UInt16(bytes, record + ZipLayout.Central.NameLength);
            if (record + ZipLayout.Central.Length + nameLength > bytes.Length)
            {
                continue;
            }

            string name = Encoding.Latin1.GetString(bytes, record + ZipLayout.Central.Length, nameLength);
            byte[]? data = Data(bytes, UInt32(bytes, record + ZipLayout.Central.HeaderOffset), UInt32(bytes, record + ZipLayout.Central.Size));
            manifest = name == StoredEntry.ManifestName ? data : manifest;
            signature = name == StoredEntry.SignatureName ? data : signature;
            image = name == StoredEntry.ImageName ? data : image;
        }

        return manifest is null || image is null ? null : new PackageParts(manifest, signature, image, bytes[(end + ZipLayout.End.Length)..]);
    }

    /// <summary>Returns where records of a kind are that have room for their fixed part.</summary>
    internal static List<int> Records(byte[] bytes, ReadOnlySpan<byte> signature, int length)
    {
        List<int> found = [];
        for (int at = 0; bytes.AsSpan(at).IndexOf(signature) is >= 0 and int next; at += next + 4)
        {
            if (at + next + length <= bytes.Length)
            {
                found.Add(at + next);
            }
        }

        return found;
    }

    /// <summary>Puts the package together.</summary>
    internal byte[] Write() => TestPackage.Frame(Manifest, Signature, Image, Comment.Length <= ushort.MaxValue ? Comment : Comment[..ushort.MaxValue]);

    /// <summary>Signs what the parts are now: the hashes of manifest and comment, and root hash and offset as the old document has them.</summary>
    /// <param name="change">Changes the hashes document before it is signed.</param>
    internal PackageParts Sign(Func<byte[], byte[]> change)
    {
        int dashes = Signature is null ? -1 : Signature.AsSpan().IndexOf("---"u8);
        string old = dashes < 0 ? "" : Encoding.Latin1.GetString(Signature!, 0, dashes);
        int image = old.IndexOf("fs.img:", StringComparison.Ordinal);
        string tail = image < 0 ? $"fs.img:\n  verity-hash: {new string('0', 64)}\n  verity-offset: 4096\n" : old[image..];
        byte[] hashes = change(Encoding.Latin1.GetBytes($"meta:\n  hash: {Hash(Comment)}\nmanifest.yaml:\n  hash: {Hash(Manifest)}\n{tail}"));
        using PrivateKey key = TestPackage.Key();
        return this with { Signature = [.. hashes, .. Encoding.ASCII.GetBytes($"---\nsignature: {Convert.ToBase64String(key.Sign(hashes))}")] };
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[]? Data(byte[] bytes, long header, long size)
    {
        if (header + ZipLayout.Local.Length > bytes.Length)
        {
            return null;
        }

        long data = header + ZipLayout.Local.Length + UInt16(bytes, (int)header + ZipLayout.Local.NameLength) + UInt16(bytes, (int)header + ZipLayout.Local.ExtraLength);
        return data + size <= bytes.Length ? bytes[(int)data..(int)(data + size)] : null;
    }

    private static ushort UInt16(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset));

    private static uint UInt32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));
}
