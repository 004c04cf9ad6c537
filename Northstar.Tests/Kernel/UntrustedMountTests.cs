// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What is not verified never reaches the kernel: the system calls of a whole runtime, from its start to its end.</summary>
internal sealed partial class UntrustedMountTests : ExecutableFixture
{
    private string Repository => Path.Combine(TestDirectory, "packages");

    private string Trace => Path.Combine(TestDirectory, "trace");

    [TestCase("unsigned", 0)]
    [TestCase("other key", 0)]
    [TestCase("no tree", 0)]
    [TestCase("good", 1)]
    [Requires(HostFeature.Strace)]
    public async Task H12_PackageOfARepositoryWithKey_IsMountedOnlyIfItIsVerified(string kind, int devices)
    {
        Directory.CreateDirectory(Repository);
        Make(kind, Path.Combine(Repository, "data.npk"));
        await File.AppendAllTextAsync(Configuration, $"""

            [repositories.fs]
            type.fs.dir = "{Repository}"
            key = "{TestPackages.KeyFile}"
            mount_on_start = true
            """);

        Process runtime = Start(limits: $"exec strace -f -qq -e signal=none -e trace=ioctl,fsconfig,mount -o '{Trace}' \"$0\" --config \"$1\"");
        await using (NorthstarClient client = await ConnectAsync())
        {
            Assert.That(await client.ListAsync(), Has.Count.EqualTo(devices));
            Assert.That(
                () => client.InstallAsync(Path.Combine(Repository, "data.npk"), "mem"), Throws.TypeOf<ApiException>(), "a bad one is refused, a good one is there already");
            Assert.That((await client.MountAsync(ImageDamage.Data)).Error, Is.Not.Null, "not installed, or mounted already");

            await client.ShutdownAsync();
        }

        await runtime.WaitForExitAsync();
        string trace = await File.ReadAllTextAsync(Trace);
        Assert.That(trace, Is.Not.Empty);
        Assert.That(Devices().Count(trace), Is.EqualTo(devices), "loop devices");
        Assert.That(Mounts().Count(trace), devices == 0 ? Is.Zero : Is.Positive, "mounts of devices");
    }

    private void Make(string kind, string target)
    {
        string package = ImageDamage.PackData(TestDirectory);
        if (kind == "no tree")
        {
            File.WriteAllBytes(target, WithoutTree(package));
            return;
        }

        if (kind == "good")
        {
            File.Move(package, target);
            return;
        }

        using PrivateKey? key = kind == "unsigned" ? null : PrivateKey.Generate();
        NpkBuilder.Pack(
            new NpkBuildOptions
            {
                Manifest = ManifestReader.Parse("name: data\nversion: 0.0.1\nuid: 1000\ngid: 1000\n"u8), RootDirectory = Path.Combine(TestDirectory, "data-root"), Key = key,
            }, target);
    }

    /// <summary>The signature says where the tree should be, and the image ends there.</summary>
    private static byte[] WithoutTree(string path)
    {
        using NpkPackage package = NpkPackage.Open(path, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
        using ZipArchive archive = ZipFile.OpenRead(path);
        var zip = new RawZip { Comment = Encoding.UTF8.GetBytes(archive.Comment) };
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            byte[] bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            zip = entry.FullName == "fs.img" ? zip.AddImage(bytes[..(int)package.Verity!.SuperblockOffsetBytes]) : zip.Add(entry.FullName, bytes);
        }

        return zip.ToArray();
    }

    [GeneratedRegex(@"(LOOP_CONFIGURE|0x4c0a)[^\n]*= 0\n")]
    private static partial Regex Devices();

    [GeneratedRegex(@"fsconfig\([0-9]+, [^,]*, ""source"", ""/|mount\([^\n]*""squashfs""")]
    private static partial Regex Mounts();
}
