// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using System.Text;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>A fixed tree packed with a fixed key: every byte around the squashfs image is written down here.</summary>
[TestFixture]
internal sealed class GoldenPackageTests
{
    private const string Manifest = "name: hello\nversion: 0.0.2\ninit: /binary\nenv:\n  HELLO: north\nuid: 100\ngid: 1\n";

    [Test]
    public void Pack_FixedTreeAndKey_HasTheExpectedFrame()
    {
        Tool.Require("mksquashfs");
        using PackFixture fixture = new();
        Guid uuid = TestPackage.Uuid;
        byte[] package = File.ReadAllBytes(NpkBuilder.Pack(fixture.Signed with { Salt = TestPackage.Salt, Uuid = uuid }, fixture.Out));
        byte[] manifest = Encoding.UTF8.GetBytes(Manifest);

        // Local header, name and data of the manifest (npk-format, 2.2).
        Cursor cursor = new(package);
        cursor.Expect("504B0304 0A00 0000 0000 0000 2100");
        cursor.Expect(Crc(manifest) + Number(manifest.Length) + Number(manifest.Length) + "0D00 0000");
        cursor.Expect(Hex("manifest.yaml"u8) + Hex(manifest));

        // The signature, and what it signs.
        int imageStart = 4096;
        int used = (int)BitConverter.ToUInt64(package, imageStart + 40);
        int squashfs = (used + 4095) / 4096 * 4096;
        (byte[] verity, RootHash root) = TestPackage.Verity(package[imageStart..(imageStart + squashfs)]);
        string signed = $"meta:\n  hash: {Sha256("version: 0.9.3\n"u8)}\nmanifest.yaml:\n  hash: {Sha256(manifest)}\n"
            + $"fs.img:\n  verity-hash: {root}\n  verity-offset: {squashfs}\n";
        using PrivateKey key = TestPackage.Key();
        byte[] signature = Encoding.ASCII.GetBytes($"{signed}---\nsignature: {Convert.ToBase64String(key.Sign(Encoding.ASCII.GetBytes(signed)))}");
        Assert.That(signature, Has.Length.EqualTo(376 + squashfs.ToString(System.Globalization.CultureInfo.InvariantCulture).Length));
        int signatureHeader = cursor.Position;
        cursor.Expect("504B0304 0A00 0000 0000 0000 2100");
        cursor.Expect(Crc(signature) + Number(signature.Length) + Number(signature.Length) + "0E00 0000");
        cursor.Expect(Hex("signature.yaml"u8) + Hex(signature));

        // The image: padded to 4096, squashfs, superblock, tree.
        byte[] image = package[imageStart..(imageStart + squashfs + verity.Length)];
        int imageHeader = cursor.Position;
        int padding = imageStart - imageHeader - 36;
        string record = "1EA1" + Hex(BitConverter.GetBytes((ushort)(padding - 4))) + "0010" + new string('0', 2 * (padding - 6));
        cursor.Expect("504B0304 0A00 0000 0000 0000 2100");
        cursor.Expect(Crc(image) + Number(image.Length) + Number(image.Length) + "0600" + Hex(BitConverter.GetBytes((ushort)padding)));
        cursor.Expect(Hex("fs.img"u8) + record);
        Assert.That(cursor.Position, Is.EqualTo(imageStart));
        cursor.Skip(squashfs);
        cursor.Expect("7665726974790000 01000000 01000000 00112233445566778899AABBCCDDEEFF 736861323536" + new string('0', 52));
        cursor.Expect("00100000 00100000" + Number(squashfs / 4096) + "00000000 2000 000000000000" + Hex(TestPackage.Salt));
        cursor.Skip(4096 - 88 - 32 + verity.Length - 4096);

        // The directory, the end and the comment.
        int directory = cursor.Position;
        Central("manifest.yaml", manifest, 0, "");
        Central("signature.yaml", signature, signatureHeader, "");
        Central("fs.img", image, imageHeader, record);
        string size = Number(cursor.Position - directory);
        cursor.Expect("504B0506 0000 0000 0300 0300" + size + Number(directory) + "0F00" + Hex("version: 0.9.3\n"u8));
        Assert.That(cursor.Position, Is.EqualTo(package.Length));

        void Central(string name, byte[] data, int header, string extra)
        {
            cursor.Expect("504B0102 0A03 0A00 0000 0000 0000 2100" + Crc(data) + Number(data.Length) + Number(data.Length));
            cursor.Expect(Hex(BitConverter.GetBytes((ushort)name.Length)) + Hex(BitConverter.GetBytes((ushort)(extra.Length / 2))));
            cursor.Expect("0000 0000 0000 0000A481" + Number(header) + Hex(Encoding.ASCII.GetBytes(name)) + extra);
        }
    }

    private static string Crc(byte[] bytes) => Number((int)Crc32.Append(0, bytes));

    private static string Number(int number) => Hex(BitConverter.GetBytes(number));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    private static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private sealed class Cursor(byte[] bytes)
    {
        internal int Position { get; private set; }

        internal void Skip(int count) => Position += count;

        internal void Expect(string hex)
        {
            hex = hex.Replace(" ", "", StringComparison.Ordinal);
            Assert.That(Hex(bytes.AsSpan(Position, hex.Length / 2)), Is.EqualTo(hex), $"at offset 0x{Position:X}");
            Position += hex.Length / 2;
        }
    }
}
