// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Signing;

/// <summary>The grammar of <c>signature.yaml</c>. Every odd hashes document here is signed, so that it is the grammar that refuses it.</summary>
[TestFixture]
internal sealed class SignatureDocumentTests
{
    private static readonly byte[] s_image = TestPackage.Image(3);

    [Test]
    public void Encode_InputOfTheVector_GivesItsText()
    {
        byte[] text = TestPackage.SignatureText(
            TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(TestPackage.Ramp(3)).Root, 12288);
        Assert.Multiple(() =>
        {
            Assert.That(text, Has.Length.EqualTo(381));
            Assert.That(Encoding.ASCII.GetString(text), Does.EndWith(
                "  verity-offset: 12288\n---\nsignature: 1nNEkGve77W0WXxJjEoI5/XCZbhPg2UYipAAAhv0HzDarw1hunSsgpO+ror6YrC1w2WsZB51U51cxsitOwLzCA=="));
        });
    }

    [Test]
    public void U081_Open_AnyByteOfTheSignedPartChanged_IsRefused()
    {
        string signed = Signed();
        for (int i = 0; i < signed.Length; i++)
        {
            StringBuilder changed = new(Text());
            changed[i] = (char)(changed[i] ^ 1);
            Assert.That(() => Open(changed.ToString()), Throws.TypeOf<NpkException>(), $"byte {i}");
        }
    }

    [Test]
    public void Open_FinalLineFeed_IsAccepted()
    {
        using NpkPackage package = Open(Text() + "\n");
        Assert.That(package.VerifiedBy, Is.EqualTo(TestPackage.PublicKey));
    }

    [TestCase("\n\n")]
    [TestCase(" ")]
    [TestCase("\r\n")]
    [TestCase("\n---\nsignature: x")]
    [TestCase("\nkey: x\n")]
    public void Open_TextBehindTheSignature_IsRefused(string text) => Refuses(Text() + text, NpkErrorCode.SignatureDocument);

    [Test]
    public void Open_OddSignatureDocument_IsRefused() => Assert.Multiple(() =>
    {
        string text = Text();
        string signature = text[(text.IndexOf("signature: ", StringComparison.Ordinal) + 11)..];
        Refuses("", NpkErrorCode.SignatureDocument);
        Refuses(Signed(), NpkErrorCode.SignatureDocument);
        Refuses(Signed() + "---\n", NpkErrorCode.SignatureDocument);
        Refuses(text.ReplaceLineEndings("\r\n"), NpkErrorCode.SignatureDocument);
        Refuses(text.Replace("signature: ", "signature:  ", StringComparison.Ordinal), NpkErrorCode.SignatureDocument);
        Refuses(text.Replace("\nsignature: ", "\nkey: a\nsignature: ", StringComparison.Ordinal), NpkErrorCode.SignatureDocument);
        Refuses(text[..^2], NpkErrorCode.SignatureDocument);
        Refuses(text[..^3] + "B==", NpkErrorCode.SignatureDocument); // unused bits set
        Refuses(text.Replace(signature, " " + signature[..^1], StringComparison.Ordinal), NpkErrorCode.SignatureDocument);
        Refuses(text.Replace(signature, new string('A', 86) + "==", StringComparison.Ordinal), NpkErrorCode.Signature);
        Refuses("---\n" + text, NpkErrorCode.SignatureDocument);
    });

    [TestCase("meta:", "Meta:")]
    [TestCase("meta:\n", "meta: \n")]
    [TestCase("meta:\n", "meta:\r\n")]
    [TestCase("meta:\n", "# comment\nmeta:\n")]
    [TestCase("meta:\n", "other: 1\nmeta:\n")]
    [TestCase("  hash: ", "    hash: ")]
    [TestCase("  hash: a", "  hash: A")]
    [TestCase("  hash: a", "  hash: ")]
    [TestCase("  hash: a", "  hash: g")]
    [TestCase("  hash: a", "  hash: aa")]
    [TestCase("hash: a133", "hash: 'a133")]
    [TestCase("manifest.yaml:", "manifest.yml:")]
    [TestCase("fs.img:\n", "fs.img:\n  hash: 00\n")]
    [TestCase("verity-offset: 12288", "verity-offset: 012288")]
    [TestCase("verity-offset: 12288", "verity-offset: +12288")]
    [TestCase("verity-offset: 12288", "verity-offset: -12288")]
    [TestCase("verity-offset: 12288", "verity-offset: 0x3000")]
    [TestCase("verity-offset: 12288", "verity-offset: 12_288")]
    [TestCase("verity-offset: 12288", "verity-offset: 12288.0")]
    [TestCase("verity-offset: 12288", "verity-offset: ")]
    [TestCase("verity-offset: 12288", "verity-offset: 99999999999999999999")]
    [TestCase("verity-offset: 12288", "verity-offset: 12288\n  verity-offset: 12288")]
    [TestCase("meta:\n", "meta:\n  hash: 00\n")]
    [TestCase("fs.img:\n", "meta:\n  hash: 00\nfs.img:\n")]
    [TestCase("  verity-hash", "\tverity-hash")]
    [TestCase("verity-offset: 12288", "verity-offset: 12288 # bytes")]
    [TestCase("verity-offset: 12288", "verity-offset: \"12288\"")]
    [TestCase("verity-offset: 12288", "verity-offset: 1.2288e4")]
    [TestCase("verity-offset: 12288\n", "verity-offset: 12288\n\n")]
    [TestCase("verity-offset: 12288\n", "verity-offset: 12288")]
    public void H06_Open_OddHashesDocumentSignedRightly_IsRefused(string part, string replacement)
    {
        string signed = Signed();
        int at = signed.IndexOf(part, StringComparison.Ordinal);
        string changed = string.Concat(signed.AsSpan(0, at), replacement, signed.AsSpan(at + part.Length));
        Refuses(Sign(changed), NpkErrorCode.HashDocument);
    }

    [TestCase("0")]
    [TestCase("4096")]
    [TestCase("12289")]
    [TestCase("16384")]
    [TestCase("18446744073709547520")]
    [TestCase("9223372036854771712")]
    [TestCase("9223372036854775807")]
    public void H06_Open_OffsetThatDoesNotFit_IsRefused(string offset) => Assert.That(
        () => Open(Sign(Signed().Replace("12288", offset, StringComparison.Ordinal))),
        Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(offset.StartsWith("18", StringComparison.Ordinal) ? NpkErrorCode.HashDocument : NpkErrorCode.Verity));

    private static string Text() => Encoding.ASCII.GetString(
        TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(s_image).Root, s_image.Length));

    private static string Signed()
    {
        string text = Text();
        return text[..text.IndexOf("---", StringComparison.Ordinal)];
    }

    private static string Sign(string signed)
    {
        using PrivateKey key = TestPackage.Key();
        return $"{signed}---\nsignature: {Convert.ToBase64String(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static NpkPackage Open(string signature) => TestPackage.Open(
        TestPackage.Frame(
            TestPackage.Manifest, Encoding.ASCII.GetBytes(signature), [.. s_image, .. TestPackage.Verity(s_image).Verity], TestPackage.Comment),
        TestPackage.Trusting);

    private static void Refuses(string signature, NpkErrorCode code) =>
        Assert.That(() => Open(signature), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(code), signature);
}
