// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Signing;
using Northstar.Npk.Verity;

namespace Northstar.Tests.Npk.Support;

/// <summary>Packages made from parts, without mksquashfs: the image only looks like a squashfs.</summary>
internal static class TestPackage
{
    internal static readonly byte[] Salt = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    internal static readonly byte[] Seed = [.. Enumerable.Range(0x40, 32).Select(i => (byte)i)];
    internal static readonly Guid Uuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    internal static readonly byte[] Manifest = "name: demo\nversion: 1.2.3\nuid: 1000\ngid: 1000\n"u8.ToArray();
    internal static readonly byte[] Comment = "version: 0.9.3\n"u8.ToArray();

    internal static PrivateKey Key() => PrivateKey.FromSeed(Seed);

    internal static PublicKey PublicKey
    {
        get
        {
            using PrivateKey key = Key();
            return key.PublicKey;
        }
    }

    internal static NpkReaderOptions Trusting => new() { Keys = [PublicKey] };

    /// <summary>Blocks filled with their own index.</summary>
    internal static byte[] Ramp(int blocks)
    {
        byte[] data = new byte[blocks * 4096];
        for (int i = 0; i < blocks; i++)
        {
            data.AsSpan(i * 4096, 4096).Fill(unchecked((byte)i));
        }

        return data;
    }

    /// <summary>A ramp that begins with the superblock of a squashfs.</summary>
    internal static byte[] Image(int blocks)
    {
        byte[] data = Ramp(blocks);
        data.AsSpan(0, 96).Clear();
        "hsqs"u8.CopyTo(data);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(28), 4);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(40), (ulong)data.Length - 100);
        return data;
    }

    /// <summary>Superblock and tree of an image, and its root hash.</summary>
    internal static (byte[] Verity, RootHash Root) Verity(byte[] image)
    {
        using TestFolder folder = new();
        using PackageFile file = PackageFile.Open(folder.Write("image", image));
        (byte[] tree, RootHash root) = HashTree.Build(file, 0, image.Length, Salt, null, CancellationToken.None);
        return ([.. new VeritySuperblock(Uuid, image.Length / 4096, Salt).Encode(), .. tree], root);
    }

    internal static byte[] SignatureText(byte[] comment, byte[] manifest, RootHash root, long offset)
    {
        using PrivateKey key = Key();
        return new SignatureDocument(SHA256.HashData(comment), SHA256.HashData(manifest), root, offset).Encode(key);
    }

    internal static byte[] Signed(byte[] image) => Signed(image, Manifest, Comment);

    internal static byte[] Signed(byte[] image, byte[] manifest, byte[] comment)
    {
        (byte[] verity, RootHash root) = Verity(image);
        return Frame(manifest, SignatureText(comment, manifest, root, image.Length), [.. image, .. verity], comment);
    }

    internal static byte[] Unsigned(byte[] image) => Frame(Manifest, null, image, Comment);

    internal static byte[] Frame(byte[] manifest, byte[]? signature, byte[] image, byte[] comment)
    {
        ArchiveFrame frame = ArchiveFrame.Create(manifest, signature, Crc32.Append(0, image), image.Length, comment);
        return [.. frame.Prefix, .. image, .. frame.Suffix];
    }

    /// <summary>Opens bytes as a package; the file is gone from the folder afterwards, the descriptor stays.</summary>
    internal static NpkPackage Open(byte[] bytes, NpkReaderOptions? options = null)
    {
        using TestFolder folder = new();
        return NpkPackage.Open(folder.Write("test.npk", bytes), options);
    }

    internal static int IndexOf(byte[] bytes, string text, int start = 0) =>
        start + bytes.AsSpan(start).IndexOf(Encoding.Latin1.GetBytes(text));
}
