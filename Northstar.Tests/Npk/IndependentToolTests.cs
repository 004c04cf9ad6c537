// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Packing;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>What other programs say of a package that we packed, beside what the reader says of it.</summary>
[TestFixture]
internal sealed class IndependentToolTests
{
    private PackFixture _fixture = null!;
    private NpkPackage _package = null!;
    private string _path = "";
    private string _image = "";

    [OneTimeSetUp]
    public void Pack()
    {
        Tool.Require("mksquashfs");
        _fixture = new PackFixture();
        File.WriteAllBytes(Path.Combine(_fixture.Root, "large"), [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * 2654435761 >> 13 & 0xFF))]);
        _path = NpkBuilder.Pack(_fixture.Signed, _fixture.Out);
        _package = NpkPackage.Open(_path, TestPackage.Trusting);
        byte[] bytes = File.ReadAllBytes(_path);
        _image = _fixture.Folder.Write("fs.img", bytes.AsSpan((int)_package.Image.OffsetBytes, (int)_package.Image.LengthBytes).ToArray());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _package?.Dispose();
        _fixture?.Dispose();
    }

    [Test]
    public void Zipinfo_PackedPackage_ListsTheEntriesAndTheComment()
    {
        (int exitCode, string output) = Tool.Run("zipinfo", "-lz", _path);
        string[] lines = output.Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero, output);
            Assert.That(output, Does.Contain("version: 0.9.3").And.Contain($"Zip file size: {_package.FileLengthBytes} bytes, number of entries: 3"));
            foreach (string name in _package.EntryNames)
            {
                Assert.That(lines.Single(line => line.EndsWith(' ' + name)), Does.StartWith("-rw-r--r--  1.0 unx").And.Contain("stor 80-Jan-01 00:00"));
            }

            Assert.That(lines.Single(static line => line.EndsWith(" fs.img")).Split(' '), Does.Contain(_package.Image.LengthBytes.ToString(CultureInfo.InvariantCulture)));
        });
    }

    [Test]
    public void Unsquashfs_ExtractedImage_IsASquashfsOfTheLengthThatTheReaderSays()
    {
        (int exitCode, string output) = Tool.Run("unsquashfs", "-s", _image);
        Assert.That(exitCode, Is.Zero, output);
        string size = output.Split('\n').Single(static line => line.StartsWith("Filesystem size", StringComparison.Ordinal)).Split(' ')[2];
        Assert.That((long.Parse(size, CultureInfo.InvariantCulture) + 4095) / 4096 * 4096, Is.EqualTo(_package.SquashfsLengthBytes));
    }

    [Test]
    public void Veritysetup_ExtractedImage_VerifiesAndDumpsTheSameFields()
    {
        VerityInfo verity = _package.Verity!;
        string offset = $"--hash-offset={verity.SuperblockOffsetBytes}";
        (int exitCode, string output) = Tool.Run("veritysetup", "verify", offset, _image, _image, verity.RootHash.ToString());
        Assert.That(exitCode, Is.Zero, output);
        string dump = Tool.Run("veritysetup", "dump", offset, _image).Output;
        Dictionary<string, string> fields = dump.Split('\n').Select(static line => line.Split(':', 2)).Where(static parts => parts.Length == 2)
            .ToDictionary(static parts => parts[0].Trim(), static parts => parts[1].Trim());
        Assert.Multiple(() =>
        {
            Assert.That(fields["UUID"], Is.EqualTo(verity.Superblock.Uuid.ToString()));
            Assert.That(fields["Data blocks"], Is.EqualTo(verity.Superblock.DataBlocks.ToString(CultureInfo.InvariantCulture)));
            Assert.That(fields["Salt"], Is.EqualTo(Convert.ToHexStringLower(verity.Superblock.Salt)));
            Assert.That(fields["Hash algorithm"], Is.EqualTo("sha256"));
        });
    }

    [Test]
    public void Openssl_SignatureYaml_VerifiesWithTheKey()
    {
        string text = Encoding.ASCII.GetString(_package.ReadSignatureBytes()!);
        int dashes = text.IndexOf("---", StringComparison.Ordinal);
        string key = _fixture.Folder.Write("key.der", [.. Convert.FromHexString("302a300506032b6570032100"), .. TestPackage.PublicKey.Bytes]);
        string message = _fixture.Folder.Write("message", Encoding.ASCII.GetBytes(text[..dashes]));
        string signature = _fixture.Folder.Write("signature", Convert.FromBase64String(text[(dashes + "---\nsignature: ".Length)..]));
        string[] arguments = ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-keyform", "DER", "-rawin", "-in", message, "-sigfile", signature];
        (int exitCode, string output) = Tool.Run("openssl", arguments);
        Assert.That((exitCode, output.Trim()), Is.EqualTo((0, "Signature Verified Successfully")));
        _fixture.Folder.Write("message", Encoding.ASCII.GetBytes(text[..(dashes - 1)]));
        Assert.That(Tool.Run("openssl", arguments).ExitCode, Is.Not.Zero);
    }

    [Test]
    public void Sha256sum_EntriesThatUnzipExtracts_AreTheSignedOnes()
    {
        string text = Encoding.ASCII.GetString(_package.ReadSignatureBytes()!);
        Tool.Run("unzip", "-q", _path, "manifest.yaml", "-d", _fixture.Folder["extracted"]);
        string digest = Tool.Run("sha256sum", Path.Combine(_fixture.Folder["extracted"], "manifest.yaml")).Output.Split(' ')[0];
        Assert.That(text, Does.Contain($"manifest.yaml:\n  hash: {digest}\n"));
    }
}
