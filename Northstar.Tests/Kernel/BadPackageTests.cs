// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using System.Text;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Packages that a running runtime must refuse: the error says why, the repository is as before and the connection stays in step.</summary>
internal sealed class BadPackageTests : RuntimeFixture
{
    private static readonly string[] s_repositories = ["mem", "fs"];
    private static readonly string[] s_refusals = [.. Damages.Keys];

    /// <summary>What is wrong with a package, and the words of the error that say so.</summary>
    private static Dictionary<string, (Func<string, byte[]> Make, string Cause)> Damages => new()
    {
        ["empty"] = (static _ => [], "zip"),
        ["no zip"] = (static _ => [.. Enumerable.Repeat((byte)'x', 5000)], "zip"),
        ["truncated"] = (static _ => Good()[..^4097], "zip"),
        ["half"] = (static _ => [.. Good().Take(Good().Length / 2)], "zip"),
        ["manifest bit"] = (static _ => Flip(static (bytes, _) => TestPackage.IndexOf(bytes, "name: hello-world")), "manifest.yaml"),
        ["signature bit"] = (static _ => Flip(static (bytes, _) => TestPackage.IndexOf(bytes, "signature: ") + 15), "signature"),
        ["hash bit"] = (static _ => Flip(static (bytes, _) => TestPackage.IndexOf(bytes, "hash: ") + 10), "signature"),
        ["superblock bit"] = (static _ => Flip(static (_, package) => package.Image.OffsetBytes + package.Verity!.SuperblockOffsetBytes + 40), "fs.img"),
        ["tree bit"] = (static _ => Flip(static (_, package) => package.Image.OffsetBytes + package.Verity!.TreeOffsetBytes + 40), "fs.img"),
        ["first block bit"] = (static _ => Flip(static (_, package) => package.Image.OffsetBytes + 50), "fs.img"),
        ["data bit"] = (static _ => Flip(static (_, package) => package.Image.OffsetBytes + 9000), "fs.img"),
        ["manifest of another text"] = (static _ => Rebuilt(static (name, bytes) => name == "manifest.yaml" ? [.. bytes, .. "# more\n"u8] : bytes), "manifest.yaml"),
        ["comment of another text"] = (static _ => Rebuilt(static (_, bytes) => bytes, "version: 0.9.9\n"), "comment"),
        ["no manifest"] = (static _ => Rebuilt(static (name, bytes) => name == "manifest.yaml" ? null : bytes), "manifest.yaml"),
        ["no signature entry"] = (static _ => Rebuilt(static (name, bytes) => name == "signature.yaml" ? null : bytes), "not signed"),
        ["no image"] = (static _ => Rebuilt(static (name, bytes) => name == "fs.img" ? null : bytes), "fs.img"),
        ["two entries of a name"] = (static _ => new RawZip().Add("manifest.yaml", TestPackage.Manifest).Add("manifest.yaml", TestPackage.Manifest).ToArray(), "manifest.yaml"),
        ["other key"] = (static path => SignedBy(path, PrivateKey.Generate()), "key"),
        ["no signature"] = (static path => SignedBy(path, null), "not signed"),
    };

    [Test]
    public async Task T160_T162_T163_T164_T165_T166_T167_BadPackage_IsRefusedAndNothingStays(
        [ValueSource(nameof(s_repositories))] string repository, [ValueSource(nameof(s_refusals))] string damage)
    {
        (Func<string, byte[]> make, string cause) = Damages[damage];

        string error = await RefusalAsync(make(NewPath("bad.npk")), repository);

        Assert.That(error, Does.StartWith($"install into repository {repository}: ").And.Contain(cause));
        Assert.That(await Client.ListAsync(), Is.Empty);
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory), Is.Empty);
        Assert.That(TakeNotifications(), Is.Empty);
        await InstallAsync(repository, "hello-world");
    }

    [Test]
    public async Task T073_UnknownRepository_IsNamedAndTheConnectionStaysInStep()
    {
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => InstallAsync("nowhere", "message-0.0.1"));
        Assert.That(failure!.Error, Is.EqualTo(new ApiError.InvalidRepository("nowhere")));
        Assert.That(await Client.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task T071_T072_SameContainer_IsRefusedInTheSameAndInAnotherRepository([ValueSource(nameof(s_repositories))] string repository)
    {
        await InstallAsync(repository, "message-0.0.1");
        ContainerId message = ContainerId.Parse("message:0.0.1");
        string[] before = [.. System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory)];

        string error = await RefusalAsync(await File.ReadAllBytesAsync(TestPackages.Sample("message-0.0.1")), repository);
        Assert.That(error, Does.Contain("message:0.0.1").And.Contain($"repository {repository}"));

        foreach (string other in new[] { "mem", "fs", "limited_capacity_num_fs" }.Where(r => r != repository))
        {
            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => InstallAsync(other, "message-0.0.1"));
            Assert.That(failure!.Error, Is.EqualTo(new ApiError.InstallDuplicate(message)));
        }

        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory), Is.EqualTo(before));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(NewPath("test_limited_num")), Is.Empty);
        Assert.That((await Client.InspectAsync(message)).Repository, Is.EqualTo(repository));
        Assert.That(await Client.MountAsync(message), Is.EqualTo(new ContainerResult(message)));
        await InstallAsync("limited_capacity_num_fs", "message-0.0.2");
    }

    [TestCase("limited_capacity_num_mem")]
    [TestCase("limited_capacity_num_fs")]
    public async Task T074_T075_CapacityByNumber_IsKeptAndGivenBack(string repository)
    {
        await InstallAsync(repository, "message-0.0.1");

        for (int i = 0; i < 2; i++)
        {
            string error = await RefusalAsync(await File.ReadAllBytesAsync(TestPackages.Sample("message-0.0.2")), repository);
            Assert.That(error, Does.StartWith($"repository {repository} is full: ").And.Contain("1 packages").And.Contain("uninstall"));
        }

        Assert.That(await Client.ListAsync(), Is.EqualTo(new[] { ContainerId.Parse("message:0.0.1") }));
        await Client.UninstallAsync(ContainerId.Parse("message:0.0.1"));
        await InstallAsync(repository, "message-0.0.2");
    }

    [TestCase("limited_capacity_size_mem")]
    [TestCase("limited_capacity_size_fs")]
    public async Task T076_T077_CapacityBySize_IsKept(string repository)
    {
        byte[] package = await File.ReadAllBytesAsync(TestPackages.Sample("message-0.0.1"));
        string error = await RefusalAsync(package, repository);
        Assert.That(error, Does.StartWith($"repository {repository} is full: ").And.Contain($"{package.Length}").And.Contain("1000 bytes"));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(NewPath("test_limited_size")), Is.Empty);
        Assert.That(await Client.ListAsync(), Is.Empty);
    }

    [TestCase("unverified")]
    [TestCase("unverified_fs")]
    public async Task T161_UnverifiedRepository_TakesUnsignedPackagesAndSaysSo(string repository)
    {
        string path = NewPath("unsigned.npk");
        SignedBy(path, null);

        ContainerId id = await Client.InstallAsync(path, repository);
        Assert.That(await Client.MountAsync(id), Is.EqualTo(new ContainerResult(id)));

        Assert.That((await Client.InspectAsync(id)).Integrity, Is.EqualTo("none"));
        Assert.That(Logs.Records.Where(static r => r.Event == "RepositoryTrusted").Select(static r => r.Message), Has.Exactly(1).Contain($"Repository {repository} "));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        System.IO.Directory.CreateDirectory(NewPath("unverified"));
        options.Repositories["unverified_fs"] = new RepositoryOptions { Kind = RepositoryKind.Directory, Directory = NewPath("unverified") };
        return options;
    }

    private async Task<string> RefusalAsync(byte[] package, string repository)
    {
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.InstallAsync(new MemoryStream(package), package.Length, repository));
        Assert.That(failure!.Error, Is.TypeOf<ApiError.Unexpected>());
        Assert.That((await Client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"), "the connection is in step");
        return ((ApiError.Unexpected)failure.Error!).Error;
    }

    private static byte[] Good() => File.ReadAllBytes(TestPackages.Sample("hello-world"));

    private static byte[] Flip(Func<byte[], NpkPackage, long> where)
    {
        byte[] bytes = Good();
        using NpkPackage package = NpkPackage.Open(TestPackages.Sample("hello-world"), new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
        bytes[where(bytes, package)] ^= 1;
        return bytes;
    }

    /// <summary>Writes the archive anew, with correct checksums, changed entries or without some.</summary>
    private static byte[] Rebuilt(Func<string, byte[], byte[]?> change, string? comment = null)
    {
        using var archive = new ZipArchive(new MemoryStream(Good()));
        var zip = new RawZip { Comment = Encoding.UTF8.GetBytes(comment ?? archive.Comment) };
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            byte[] bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            if (change(entry.FullName, bytes) is { } changed)
            {
                _ = entry.FullName == "fs.img" ? zip.AddImage(changed) : zip.Add(entry.FullName, changed);
            }
        }

        return zip.ToArray();
    }

    private static byte[] SignedBy(string path, PrivateKey? key)
    {
        string sample = Path.Combine(HostProbe.SamplesDirectory, "message-0.0.1");
        NpkBuilder.Pack(
            new NpkBuildOptions
            {
                Manifest = ManifestReader.Parse(File.ReadAllBytes(Path.Combine(sample, "manifest.yaml"))),
                RootDirectory = Path.Combine(sample, "root"),
                Key = key,
            },
            path);
        key?.Dispose();
        return File.ReadAllBytes(path);
    }
}
