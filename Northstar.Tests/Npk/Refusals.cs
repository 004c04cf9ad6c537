// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipes;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Signing;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>What is refused beside hostile archives: for each rule of file, signature, hashes, image, verity and keys something that breaks it.</summary>
internal static class Refusals
{
    private static readonly byte[] s_image = TestPackage.Image(3);
    private static readonly string s_text = Encoding.ASCII.GetString(
        TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(s_image).Root, s_image.Length));

    /// <summary>One of them; the action throws.</summary>
    internal sealed record Case(string Name, NpkRule Rule, Action<TestFolder> Act);

    internal static IEnumerable<Case> All => Files().Concat(Signatures()).Concat(Hashes()).Concat(Blocks()).Concat(Keys());

    private static IEnumerable<Case> Files()
    {
        yield return new("missing file", NpkRules.FileUnopenable, static folder => NpkPackage.Open(folder["none"]));
        yield return new("directory", NpkRules.FileUnopenable, static folder => NpkPackage.Open(folder.Path));
        yield return new("pipe", NpkRules.FileNotRegular, static _ =>
        {
            using AnonymousPipeServerStream pipe = new(PipeDirection.In);
            NpkPackage.Open(new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false), "pipe");
        });
        yield return new("descriptor for writing", NpkRules.FileUnreadable, static folder =>
            NpkPackage.Open(File.OpenHandle(folder.Write("a", Package()), FileMode.Open, FileAccess.Write), "a"));
        yield return new("file that shrinks", NpkRules.EntryCutOff, static folder =>
        {
            using PackageFile file = PackageFile.Open(folder.Write("a", Package()));
            File.WriteAllBytes(folder["a"], [1]);
            EndRecord.Read(file);
        });
        yield return new("directory above 4 GiB that is not described", NpkRules.Zip64Disagrees, static folder =>
        {
            const long length = 4294963200;
            ArchiveFrame frame = ArchiveFrame.Create(TestPackage.Manifest, null, 0, length, TestPackage.Comment);
            using (FileStream stream = File.Create(folder["large"]))
            {
                stream.Write(frame.Prefix);
                stream.Position = frame.Prefix.Length + length;
                frame.Suffix[^(TestPackage.Comment.Length + ZipLayout.End.Length + ZipLayout.Locator64.Length)] ^= 1;
                stream.Write(frame.Suffix);
            }

            NpkPackage.Open(folder["large"]);
        });
        yield return new("image that does not match its checksum", NpkRules.ImageChecksum, static _ =>
        {
            byte[] bytes = TestPackage.Unsigned(s_image);
            bytes[4096 + 5000] ^= 1;
            using NpkPackage package = TestPackage.Open(bytes);
            package.Verify();
        });
        yield return new("image that cannot be signed", NpkRules.ImageUnpadded, static folder =>
        {
            using PrivateKey key = TestPackage.Key();
            NpkBuilder.Pack(
                new NpkBuildOptions
                {
                    Manifest = ManifestReader.Parse(TestPackage.Manifest), ImagePath = folder.Write("odd.img", s_image[..^50]), Key = key,
                },
                folder["a.npk"]);
        });
    }

    private static IEnumerable<Case> Signatures()
    {
        string signature = s_text[^88..];
        yield return new("not signed", NpkRules.NotSigned, static _ => TestPackage.Open(TestPackage.Unsigned(s_image), TestPackage.Trusting));
        yield return Signature("no dashes", NpkRules.SignatureNoDashes, s_text.Replace("---", "--", StringComparison.Ordinal));
        yield return Signature("empty signature.yaml", NpkRules.SignatureNoDashes, "");
        yield return Signature("dashes first", NpkRules.SignatureForm, "---\n" + s_text);
        yield return Signature("dashes in a value", NpkRules.SignatureForm, s_text.Replace("verity-hash: ", "verity-hash: ---", StringComparison.Ordinal));
        yield return Signature("two signature documents", NpkRules.SignatureForm, s_text + "\n---\nsignature: " + signature);
        yield return Signature("carriage returns", NpkRules.SignatureForm, s_text.ReplaceLineEndings("\r\n"));
        yield return Signature("byte order mark", NpkRules.SignatureWrong, "\uFEFF" + s_text);
        yield return Signature("unused bits of the signature", NpkRules.SignatureBase64, s_text[..^3] + "B==");
        yield return Signature("blank in the signature", NpkRules.SignatureBase64, s_text[..^88] + " " + signature[..^1]);
        yield return Signature("URL alphabet", NpkRules.SignatureBase64, s_text[..^88] + "_" + signature[1..]);
        yield return Signature("signature of zeros", NpkRules.SignatureWrong, s_text[..^88] + new string('A', 86) + "==");
        yield return new("signed by another key", NpkRules.SignatureWrong, static _ =>
        {
            using PrivateKey other = PrivateKey.FromSeed(new byte[32]);
            TestPackage.Open(TestPackage.Signed(s_image), new NpkReaderOptions { Keys = [other.PublicKey] });
        });
        yield return new("verified copy without key", NpkRules.OpenedWithoutKey, static folder =>
        {
            using NpkPackage package = TestPackage.Open(TestPackage.Signed(s_image));
            using SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite);
            package.CopyVerifiedImage(copy);
        });
        yield return new("verified copy to a descriptor for reading", NpkRules.CopyUnwritable, static folder =>
        {
            using NpkPackage package = TestPackage.Open(TestPackage.Signed(s_image), TestPackage.Trusting);
            using SafeFileHandle copy = File.OpenHandle(folder.Write("copy", [1]));
            package.CopyVerifiedImage(copy);
        });
    }

    private static IEnumerable<Case> Hashes()
    {
        yield return Signed("other first key", NpkRules.HashesText, "meta:", "Meta:");
        yield return Signed("unknown key", NpkRules.HashesText, "fs.img:\n", "fs.img:\n  hash: 00\n");
        yield return Signed("upper-case digits", NpkRules.HashesDigits, "hash: a", "hash: A");
        yield return Signed("63 digits", NpkRules.HashesDigits, "hash: a1", "hash: a");
        yield return Signed("leading zero", NpkRules.HashesNumber, "offset: 12288", "offset: 012288");
        yield return Signed("number above 2^63", NpkRules.HashesNumber, "offset: 12288", "offset: 18446744073709547520");
        yield return Signed("text behind", NpkRules.HashesRest, "offset: 12288\n", "offset: 12288\nmore: 1\n");
        yield return new("other comment than signed", NpkRules.CommentNotSigned, static _ => Frame(TestPackage.Manifest, s_text, "version: 0.9.2\n"u8.ToArray()));
        yield return new("other manifest than signed", NpkRules.ManifestNotSigned, static _ => Frame([.. TestPackage.Manifest, 10], s_text, TestPackage.Comment));
        yield return Signed("offset 0", NpkRules.VerityOffsetZero, "offset: 12288", "offset: 0");
        yield return Signed("odd offset", NpkRules.VerityOffsetUnaligned, "offset: 12288", "offset: 12289");
        yield return Signed("offset behind the tree", NpkRules.VerityOffsetOutside, "offset: 12288", "offset: 20480");
        yield return Signed("offset that overflows", NpkRules.VerityOffsetOutside, "offset: 12288", "offset: 9223372036854771712");
        yield return Signed("offset of the tree", NpkRules.SuperblockMissing, "offset: 12288", "offset: 16384");
    }

    private static IEnumerable<Case> Blocks()
    {
        yield return Superblock("signature", NpkRules.SuperblockMissing, 0);
        yield return Superblock("version", NpkRules.SuperblockVersion, 8);
        yield return Superblock("hash type", NpkRules.SuperblockHashType, 12);
        yield return Superblock("algorithm", NpkRules.SuperblockAlgorithm, 32);
        yield return Superblock("rest of the algorithm", NpkRules.SuperblockAlgorithm, 63);
        yield return Superblock("data block size", NpkRules.SuperblockDataBlockSize, 64);
        yield return Superblock("hash block size", NpkRules.SuperblockHashBlockSize, 70);
        yield return Superblock("data blocks", NpkRules.VerityDataBlocks, 72);
        yield return Superblock("data blocks out of range", NpkRules.SuperblockDataBlocks, 79);
        yield return Superblock("salt length", NpkRules.SuperblockSaltLength, 81);
        yield return Superblock("padding", NpkRules.SuperblockPadding, 82);
        yield return Superblock("behind the salt", NpkRules.SuperblockSaltPadding, 120);
        yield return Superblock("last byte", NpkRules.SuperblockSaltPadding, 4095);
        yield return new("tree cut off", NpkRules.VerityLength, static _ => Frame(TestPackage.Manifest, s_text, TestPackage.Comment, static image => image[..^4096]));
        yield return new(
            "bytes behind the tree", NpkRules.VerityLength, static _ => Frame(TestPackage.Manifest, s_text, TestPackage.Comment, static image => [.. image, .. new byte[4096]]));
        yield return Block("data block", NpkRules.DataBlockCorrupted, 5000);
        yield return Block("hash block", NpkRules.HashBlockCorrupted, 12288 + 4096);
        yield return Block("salt", NpkRules.HashBlockCorrupted, 12288 + 88);
    }

    private static IEnumerable<Case> Keys()
    {
        yield return new("public key of 31 bytes", NpkRules.PublicKeyLength, static _ => PublicKey.FromBytes(new byte[31]));
        yield return new("public key file of 33 bytes", NpkRules.PublicKeyLength, static f => KeyFiles.ReadPublicKey(f.Write("a", new byte[33])));
        yield return new("public key of zeros", NpkRules.PublicKeyInvalid, static _ => PublicKey.FromBytes(new byte[32]));
        yield return new("public key file of zeros", NpkRules.PublicKeyInvalid, static f => KeyFiles.ReadPublicKey(f.Write("a", new byte[32])));
        yield return new("private key of 33 bytes", NpkRules.PrivateKeyLength, static _ => PrivateKey.FromSeed(new byte[33]));
        yield return new("private key file of 31 bytes", NpkRules.PrivateKeyLength, static f => KeyFiles.ReadPrivateKey(f.Write("a", new byte[31])));
        yield return new("private key file of zeros", NpkRules.PrivateKeyZero, static f => KeyFiles.ReadPrivateKey(f.Write("a", new byte[32])));
        yield return new("missing key file", NpkRules.KeyUnreadable, static f => KeyFiles.ReadPublicKey(f["none"]));
        yield return new("existing key file", NpkRules.KeyExists, static f =>
        {
            f.Write("a.pub", []);
            KeyFiles.Generate(f.Path, "a");
        });
        yield return new("missing directory", NpkRules.KeyUnwritable, static f => KeyFiles.Generate(f["none"], "a"));
        yield return new("list of keys without signature", NpkRules.KeyListSignature, static _ => KeyList.Parse("northstar keys 1\nserial 1\n"u8, [TestPackage.PublicKey], "keys"));
        yield return new("list of no keys", NpkRules.KeyListForm, static _ =>
        {
            using PrivateKey key = TestPackage.Key();
            KeyList.Sign("northstar keys 1\nserial 1\n"u8, key, "keys");
        });
        yield return new("signer with another key", NpkRules.SignerWrong, static _ =>
        {
            using PrivateKey key = PrivateKey.Generate();
            new SignatureDocument(new byte[32], new byte[32], new RootHash(new byte[32]), 4096).Encode(new SigningDevice(key, TestPackage.PublicKey));
        });
    }

    private static byte[] Package() => TestPackage.Signed(s_image);

    private static Case Signature(string name, NpkRule rule, string text) =>
        new(name, rule, _ => Frame(TestPackage.Manifest, text, TestPackage.Comment));

    /// <summary>Replaces a part of the hashes document and signs it rightly.</summary>
    private static Case Signed(string name, NpkRule rule, string part, string replacement)
    {
        string hashes = s_text[..s_text.IndexOf("---", StringComparison.Ordinal)];
        int at = hashes.IndexOf(part, StringComparison.Ordinal);
        string changed = string.Concat(hashes.AsSpan(0, at), replacement, hashes.AsSpan(at + part.Length));
        using PrivateKey key = TestPackage.Key();
        string text = $"{changed}---\nsignature: {Convert.ToBase64String(key.Sign(Encoding.ASCII.GetBytes(changed)))}";
        return new(name, rule, _ => Frame(TestPackage.Manifest, text, TestPackage.Comment));
    }

    private static Case Superblock(string name, NpkRule rule, int offset) => new("superblock: " + name, rule, _ => Frame(
        TestPackage.Manifest, s_text, TestPackage.Comment, image =>
        {
            image[s_image.Length + offset] ^= 0x42;
            return image;
        }));

    private static Case Block(string name, NpkRule rule, int offset) => new("corrupted " + name, rule, _ =>
    {
        byte[] bytes = TestPackage.Signed(s_image);
        bytes[4096 + offset] ^= 1;
        using NpkPackage package = TestPackage.Open(bytes, TestPackage.Trusting);
        package.Verify();
    });

    private static void Frame(byte[] manifest, string signature, byte[] comment, Func<byte[], byte[]>? change = null)
    {
        byte[] image = [.. s_image, .. TestPackage.Verity(s_image).Verity];
        byte[] archive = TestPackage.Frame(manifest, Encoding.UTF8.GetBytes(signature), change?.Invoke(image) ?? image, comment);
        TestPackage.Open(archive, TestPackage.Trusting).Dispose();
    }
}
