// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>A small root tree, a manifest for it, a key, and a folder for what is packed.</summary>
internal sealed class PackFixture : IDisposable
{
    private readonly PrivateKey _key = TestPackage.Key();

    internal PackFixture()
    {
        foreach (string directory in new[] { "bin", "etc", "lib" })
        {
            Directory.CreateDirectory(Path.Combine(Root, directory));
        }

        File.WriteAllText(Path.Combine(Root, "foo"), "foo");
        File.WriteAllText(Path.Combine(Root, "etc", "hosts"), "127.0.0.1 localhost\n");
        Directory.CreateDirectory(Out);
        Options = new NpkBuildOptions
        {
            RootDirectory = Root,
            Manifest = new Manifest
            {
                Name = ContainerName.Parse("hello"), Version = new PackageVersion(0, 0, 2), Init = "/binary", Uid = 100, Gid = 1,
                Env = new Dictionary<string, string> { ["HELLO"] = "north" },
            },
        };
    }

    internal TestFolder Folder { get; } = new();

    internal string Root => Folder["root"];

    internal string Out => Folder["out"];

    internal NpkBuildOptions Options { get; }

    internal NpkBuildOptions Signed => Options with { Key = _key };

    /// <summary>Unpacks a package and compares manifest and files with what was packed; nothing else may lie beside the package.</summary>
    internal void Check(string path, string name)
    {
        string target = Folder["unpacked"];
        NpkUnpacker.Unpack(path, target);
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(path), Is.EqualTo(name));
            Assert.That(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!).Where(entry => entry.EndsWith(".tmp", StringComparison.Ordinal)), Is.Empty);
            Assert.That(File.ReadAllBytes(Path.Combine(target, "manifest.yaml")), Is.EqualTo(ManifestWriter.WriteYaml(Options.Manifest)));
            Assert.That(File.Exists(Path.Combine(target, "fs.img")), Is.False);
            Assert.That(File.ReadAllText(Path.Combine(target, "root", "foo")), Is.EqualTo("foo"));
            Assert.That(File.ReadAllText(Path.Combine(target, "root", "etc", "hosts")), Is.EqualTo("127.0.0.1 localhost\n"));
            Assert.That(Directory.Exists(Path.Combine(target, "root", "lib")), Is.True);
        });
        Directory.Delete(target, recursive: true);
    }

    public void Dispose()
    {
        _key.Dispose();
        Folder.Dispose();
    }
}
