// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>The bytes of the archive: vectors of the format, and what other zip programs make of them.</summary>
[TestFixture]
internal sealed class ArchiveFrameTests
{
    private const string Digest = "682abc12fcd760f5f9c48a40b82e64bf22487ac86a453dd897d8c599a2761081";

    [Test]
    public void Create_InputOfTheVector_GivesItsBytes()
    {
        byte[] archive = TestPackage.Signed(TestPackage.Ramp(3));
        Assert.Multiple(() =>
        {
            Assert.That(archive, Has.Length.EqualTo(28330));
            Assert.That(archive.AsSpan(550, 6).ToArray(), Is.EqualTo(new byte[] { 0x1E, 0xA1, 0xD6, 0x0D, 0x00, 0x10 }));
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(archive)), Is.EqualTo(Digest));
        });
    }

    [Test]
    public void Read_ArchiveOfTheVector_FindsItsByteMap()
    {
        using TestFolder folder = new();
        using PackageFile file = PackageFile.Open(folder.Write("vector.npk", TestPackage.Signed(TestPackage.Ramp(3))));
        EndRecord end = EndRecord.Read(file);
        Assert.Multiple(() =>
        {
            Assert.That(end, Is.EqualTo(new EndRecord(24576, 3717, 3, end.Comment)));
            Assert.That(end.Comment, Is.EqualTo(TestPackage.Comment));
            Assert.That(CentralDirectoryReader.Read(file, end), Is.EqualTo(new StoredEntry[]
            {
                new("manifest.yaml", 0, 43, 46, 0x40099d47),
                new("signature.yaml", 89, 133, 381, 0xf75e7f51),
                new("fs.img", 514, 4096, 20480, 0x243837bc),
            }));
        });
    }

    [TestCase(4096, 0)]
    [TestCase(4095, 4097)]
    [TestCase(4091, 4101)]
    [TestCase(4090, 6)]
    [TestCase(550, 3546)]
    public void Padding_AnyOffset_EndsAtBlockAndFitsOneRecord(long offset, int length)
    {
        byte[] padding = ArchiveFrame.Padding(offset);
        Assert.Multiple(() =>
        {
            Assert.That(padding, Has.Length.EqualTo(length));
            Assert.That((offset + padding.Length) % 4096, Is.Zero);
        });
    }

    [Test]
    public void Create_ImageAboveFourGigabytes_IsRefused() =>
        Assert.That(
            () => ArchiveFrame.Create(TestPackage.Manifest, null, 0, 1L << 32, TestPackage.Comment),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Write));

    [Test]
    public void Open_DirectoryAboveFourGigabytes_ReadsTheZip64Record()
    {
        const long length = 4294963200;
        using TestFolder folder = new();
        string path = folder["large.npk"];
        WriteSparse(path, length, out int suffixLength);
        using (NpkPackage package = NpkPackage.Open(path))
        {
            Assert.That(package.Image, Is.EqualTo(new ImageExtent(4096, length)));
        }

        Assert.That(Tool.Run("zipinfo", "-1", path), Is.EqualTo((0, "manifest.yaml\nfs.img\n")));
        foreach (int offset in new[] { 0, 4, 16, 24, 32, 40, 48, 56, 60, 64, 72 }) // every field of record and locator that is looked at
        {
            long position = 4096 + length + suffixLength - TestPackage.Comment.Length - 22 - 76 + offset;
            Flip(path, position);
            Assert.That(() => NpkPackage.Open(path), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Zip), $"field {offset}");
            Flip(path, position);
        }
    }

    [Test]
    public void Create_SignedPackage_SatisfiesUnzip()
    {
        using TestFolder folder = new();
        string path = folder.Write("vector.npk", TestPackage.Signed(TestPackage.Ramp(3)));
        (int exitCode, string output) = Tool.Run("unzip", "-t", path);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero, output);
            Assert.That(output, Does.Contain("No errors detected"));
            Assert.That(Tool.Run("zipinfo", "-1", path).Output, Is.EqualTo("manifest.yaml\nsignature.yaml\nfs.img\n"));
        });
    }

    private static void Flip(string path, long position)
    {
        using FileStream stream = File.Open(path, FileMode.Open);
        stream.Position = position;
        int value = stream.ReadByte();
        stream.Position = position;
        stream.WriteByte((byte)(value ^ 1));
    }

    private static void WriteSparse(string path, long length, out int suffixLength)
    {
        ArchiveFrame frame = ArchiveFrame.Create(TestPackage.Manifest, null, 0, length, TestPackage.Comment);
        using FileStream stream = File.Create(path);
        stream.Write(frame.Prefix);
        stream.Write(TestPackage.Image(1));
        stream.Position = frame.Prefix.Length + length;
        stream.Write(frame.Suffix);
        suffixLength = frame.Suffix.Length;
    }
}
