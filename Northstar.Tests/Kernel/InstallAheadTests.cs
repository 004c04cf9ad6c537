// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Kernel;

/// <summary>Installs whose image is hashed while it arrives (extension <c>image</c>).</summary>
internal sealed class InstallAheadTests : TrustFixture
{
    [Test]
    public async Task H15_GoodPackage_IsInstalledAndRuns()
    {
        await using NorthstarClient client = await StartExtendedAsync();
        string package = Pack(Manifest("1.0.0", "[exit, '3']"), NewPath("a"));
        Assert.That(await client.InstallAsync(package, "fs"), Is.EqualTo(App));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(RepositoryDirectory, "app:1.0.0.npk")), Is.EqualTo(await File.ReadAllBytesAsync(package)));
        await RunAsync("1.0.0", new ExitStatus.Exit(3));
    }

    /// <summary>Blocks of the first leaf, of a later one, and of the last, which is not whole.</summary>
    [TestCase(0.0)]
    [TestCase(0.7)]
    [TestCase(1.0)]
    public async Task H15_DamagedBlock_IsRefusedByItsNumberAndLeavesNothing(double place)
    {
        await using NorthstarClient client = await StartExtendedAsync();
        string package = Pack(Manifest("1.0.0"), NewPath("a"));
        long blocks;
        using (NpkPackage whole = NpkPackage.Open(package))
        {
            blocks = whole.SquashfsLengthBytes / 4096;
            Assert.That(blocks, Is.GreaterThan(300), "more than two leaves");
        }

        long block = (long)(place * (blocks - 1));
        using (FileStream file = File.OpenWrite(package))
        {
            // Behind the superblock of squashfs, which is looked at before.
            file.Position = 4096 + (block * 4096) + 2000;
            file.Write("damage"u8);
        }

        Assert.That(
            () => client.InstallAsync(package, "fs"), Throws.TypeOf<ApiException>().With.Message.Contains($"data block {block} does not match the hash tree"));
        Assert.That(System.IO.Directory.GetFileSystemEntries(RepositoryDirectory), Is.Empty);
        Assert.That(await client.ListAsync(), Is.Empty);
    }

    private async Task<NorthstarClient> StartExtendedAsync()
    {
        string key = Key("a");
        Change = repository => Accept(repository, key);
        await StartAsync();
        NorthstarClient client = await NorthstarClient.ConnectAsync(Address, new NorthstarClientOptions { Extensions = true });
        Assert.That(client.Extensions, Does.Contain(ProtocolExtensions.Image));
        return client;
    }
}
