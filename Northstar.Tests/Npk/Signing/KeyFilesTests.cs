// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipes;
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
    public void Generate_LinkInTheWay_LeavesItAndNothingElse([Values(".key", ".pub")] string extension)
    {
        using TestFolder folder = new();
        File.CreateSymbolicLink(folder["a" + extension], folder["nowhere"]);
        Assert.That(() => KeyFiles.Generate(folder.Path, "a"), Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Key));
        Assert.That(folder.Names, Is.EqualTo(new[] { "a" + extension }), "neither the target of the link nor the other file");
    }

    [Test]
    public void Generate_MissingDirectory_NamesIt()
    {
        using TestFolder folder = new();
        Refuses(() => KeyFiles.Generate(folder["none"], "a"), "none");
    }

    [TestCase("0644", true)]
    [TestCase("0640", true)]
    [TestCase("0602", true)]
    [TestCase("0600", false)]
    [TestCase("0400", false)]
    public void H95_ReadPrivateKey_FileOpenToOthers_Warns(string mode, bool warns)
    {
        using TestFolder folder = new();
        string path = folder.Write("a.key", TestPackage.Seed);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        List<string> warnings = [];
        KeyFiles.ReadPrivateKey(path, warnings.Add).Dispose();
        Assert.That(warnings, warns ? Has.Exactly(1).Contains(path).And.Exactly(1).Contains(mode) : Is.Empty);
    }

    [Test]
    public void H95_ReadPrivateKey_Descriptor_ReadsIt()
    {
        using TestFolder folder = new();
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out, HandleInheritability.None);
        pipe.Write(TestPackage.Seed);
        List<string> warnings = [];
        using PrivateKey key = KeyFiles.ReadPrivateKey($"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}", warnings.Add);
        Assert.That(key.PublicKey, Is.EqualTo(TestPackage.PublicKey));
        Assert.That(warnings, Is.Empty);
    }

    [Test]
    public void H95_ReadPrivateKey_Stream_TakesOnlyTheSeed()
    {
        using MemoryStream stream = new([.. TestPackage.Seed, 1, 2, 3]);
        using PrivateKey key = KeyFiles.ReadPrivateKey(stream, "standard input");
        Assert.That(key.PublicKey, Is.EqualTo(TestPackage.PublicKey));
        Assert.That(stream.Position, Is.EqualTo(32));
        using MemoryStream cut = new(new byte[31]);
        Refuses(() => KeyFiles.ReadPrivateKey(cut, "standard input"), "standard input");
    }

    [Test]
    public void H95_PrivateKey_Disposed_HasWipedItsMemory()
    {
        PrivateKey key = TestPackage.Key();
        ReadOnlySpan<byte> memory = key.Seed;
        Assert.That(memory.SequenceEqual(TestPackage.Seed), Is.True);
        key.Dispose();
        Assert.That(memory.ContainsAnyExcept((byte)0), Is.False);
        Assert.That(() => key.Sign([]), Throws.TypeOf<ObjectDisposedException>());
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
