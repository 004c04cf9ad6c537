// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Signing;

[TestFixture, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class KeyFilesTests
{
    [Test]
    public void Generate_NewName_WritesBothFilesAndKeepsTheSeedPrivate()
    {
        using TestFolder folder = new();
        PublicKey publicKey = KeyFiles.Generate(folder.Path, "my.repo");
        using PrivateKey privateKey = KeyFiles.ReadPrivateKey(folder["my.repo.key"]);
        Assert.Multiple(() =>
        {
            Assert.That(folder.Names, Is.EqualTo(new[] { "my.repo.key", "my.repo.pub" }));
            Assert.That(new FileInfo(folder["my.repo.key"]).Length, Is.EqualTo(32));
            Assert.That(File.GetUnixFileMode(folder["my.repo.key"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(KeyFiles.ReadPublicKey(folder["my.repo.pub"]), Is.EqualTo(publicKey));
            Assert.That(privateKey.PublicKey, Is.EqualTo(publicKey));
            Assert.That(publicKey.Id, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(publicKey.Bytes))));
        });
    }

    [TestCase("a.key")]
    [TestCase("a.pub")]
    public void Generate_ExistingFile_WritesNothing(string existing)
    {
        using TestFolder folder = new();
        folder.Write(existing, [1]);
        Assert.That(() => KeyFiles.Generate(folder.Path, "a"), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Key));
        Assert.That(folder.Names, Is.EqualTo(new[] { existing }));
        Assert.That(File.ReadAllBytes(folder[existing]), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public void ReadPrivateKey_LongerFile_UsesTheFirstBytes()
    {
        using TestFolder folder = new();
        using PrivateKey key = KeyFiles.ReadPrivateKey(folder.Write("long.key", [.. TestPackage.Seed, 10]));
        Assert.That(
            Convert.ToHexStringLower(key.PublicKey.Bytes), Is.EqualTo("2543b92ff1095511476adc8369db6ddc933665a11978dda1404ee1066ca9559d"));
    }

    [Test]
    public void Read_UnusableFile_NamesTheFile()
    {
        using TestFolder folder = new();
        Assert.Multiple(() =>
        {
            Refuses(() => KeyFiles.ReadPrivateKey(folder.Write("short.key", new byte[31])), "short.key");
            Refuses(() => KeyFiles.ReadPrivateKey(folder["none.key"]), "none.key");
            Refuses(() => KeyFiles.ReadPublicKey(folder.Write("long.pub", new byte[33])), "long.pub");
            Refuses(() => KeyFiles.ReadPublicKey(folder.Write("short.pub", new byte[31])), "short.pub");
            Refuses(() => KeyFiles.ReadPublicKey(folder.Write("zero.pub", new byte[32])), "zero.pub");
        });
    }

    private static void Refuses(Func<object> read, string name) => Assert.That(
        () => read(), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Key).And.Message.Contains(name));
}
