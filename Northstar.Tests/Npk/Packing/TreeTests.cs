// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>What goes into a package comes out of it again.</summary>
[TestFixture, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class TreeTests
{
    [SetUp]
    public void RequireTools()
    {
        Tool.Require("mksquashfs");
        Tool.Require("unsquashfs");
    }

    [Test]
    public void PackAndUnpack_RandomTree_GivesTheSameTree([Range(1, 6)] int seed)
    {
        using PackFixture fixture = new();
        new RandomTree(seed).Fill(fixture.Root);
        string[] before = RandomTree.Describe(fixture.Root);
        string path = NpkBuilder.Pack(fixture.Options with { Compression = (SquashfsCompression)(seed % 2) }, fixture.Out);
        NpkUnpacker.Unpack(path, fixture.Folder["unpacked"]);
        Assert.That(RandomTree.Describe(fixture.Folder["unpacked/root"]), Is.EqualTo(before));
    }

    [Test]
    public void List_RandomTree_NamesEveryEntry([Range(1, 3)] int seed)
    {
        using PackFixture fixture = new();
        new RandomTree(seed).Fill(fixture.Root);
        using NpkPackage package = NpkPackage.Open(NpkBuilder.Pack(fixture.Options, fixture.Out));
        IReadOnlyList<SquashfsEntry> entries = NpkUnpacker.List(package);
        Assert.Multiple(() =>
        {
            Assert.That(entries[0].Path, Is.EqualTo("/"));
            Assert.That(
                entries.Skip(1).Select(static entry => entry.Path[1..]).Order(StringComparer.Ordinal),
                Is.EqualTo(Directory.EnumerateFileSystemEntries(fixture.Root, "*", SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(fixture.Root, path)).Order(StringComparer.Ordinal)));
            Assert.That(entries.Select(static entry => (entry.Uid, entry.Gid)), Is.All.EqualTo((100u, 1u)));
            foreach (SquashfsEntry entry in entries.Skip(1))
            {
                FileInfo file = new(fixture.Root + entry.Path);
                Assert.That(entry.LinkTarget, Is.EqualTo(file.LinkTarget), entry.Path);
                Assert.That(entry.LinkTarget is not null || entry.Mode == file.UnixFileMode, Is.True, entry.Path);
                Assert.That(entry.Type != SquashfsFileType.File || entry.LengthBytes == file.Length, Is.True, entry.Path);
            }
        });
    }

    [Test]
    public void List_NamesThatLookLikeLines_AreNoEntries()
    {
        using PackFixture fixture = new();
        string line = "x\n-rwsr-xr-x 0/0                 2 2026-11-22 10:22 squashfs-root";
        Directory.CreateDirectory(Path.Combine(fixture.Root, line));
        File.WriteAllText(Path.Combine(fixture.Root, line, "fake"), "x");
        using NpkPackage package = NpkPackage.Open(NpkBuilder.Pack(fixture.Options, fixture.Out));
        IReadOnlyList<SquashfsEntry> entries = NpkUnpacker.List(package);
        Assert.That(entries.Select(static entry => entry.Path), Does.Contain($"/{line}/fake").And.None.EqualTo("/fake"));
        Assert.That(entries.Where(static entry => entry.Mode.HasFlag(UnixFileMode.SetUser)), Is.Empty);
    }

    [Test]
    public void Pack_OtherOrderProcessorsUmaskTimesAndFolder_GivesTheSameBytes()
    {
        Tool.Require("sh");
        using PackFixture first = new();
        using PackFixture second = new();
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"file-{i}")];
        Create(first, names);
        Create(second, [.. Enumerable.Reverse(names)]);
        NpkBuildOptions options = first.Signed with { Manifest = WithMounts(first.Options.Manifest), Processors = 1 };
        byte[] one = File.ReadAllBytes(NpkBuilder.Pack(options, first.Out));
        string masked = FakeTool.Script(second.Folder, "masked", $"umask 077; exec {Tool.Require("mksquashfs")} \"$@\"");
        byte[] two = File.ReadAllBytes(NpkBuilder.Pack(
            options with { RootDirectory = second.Root, Processors = 2, MksquashfsPath = masked }, second.Out));
        byte[] three = File.ReadAllBytes(NpkBuilder.Pack(options with { Processors = null }, first.Folder["again.npk"]));
        Assert.That(one.AsSpan().SequenceEqual(two), Is.True);
        Assert.That(one.AsSpan().SequenceEqual(three), Is.True);

        static void Create(PackFixture fixture, string[] names)
        {
            foreach (string name in names)
            {
                byte[] data = new byte[150_000];
                new Random(int.Parse(name[5..], System.Globalization.CultureInfo.InvariantCulture)).NextBytes(data);
                string path = Path.Combine(fixture.Root, "lib", name);
                File.WriteAllBytes(path, data);
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
                File.SetLastWriteTimeUtc(path, new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(names.AsSpan().IndexOf(name)));
            }

            Tool.Run("ln", Path.Combine(fixture.Root, "lib", "file-7"), Path.Combine(fixture.Root, "etc", "hard"));
        }
    }

    [Test]
    public void Unpack_WithoutPrivileges_LeavesDeviceNodesOutAndSaysSo()
    {
        using PackFixture fixture = new();
        string path = NpkBuilder.Pack(fixture.Options with { Manifest = WithMounts(fixture.Options.Manifest) }, fixture.Out);
        List<string> warnings = [];
        NpkUnpacker.Unpack(path, fixture.Folder["unpacked"], "unsquashfs", privileged: false, warnings.Add, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(warnings, Has.Exactly(1).Contains("dev/full, dev/null, dev/random, dev/tty, dev/urandom, dev/zero"));
            Assert.That(Path.Combine(fixture.Folder["unpacked/root/dev/null"]), Does.Not.Exist);
            Assert.That(new FileInfo(fixture.Folder["unpacked/root/dev/stdin"]).LinkTarget, Is.EqualTo("/proc/self/fd/0"));
            Assert.That(File.ReadAllText(fixture.Folder["unpacked/root/foo"]), Is.EqualTo("foo"));
        });
    }

    private static Manifest WithMounts(Manifest manifest) => manifest with
    {
        Mounts = new Dictionary<string, Mount> { ["/dev"] = new Mount.Dev(), ["/proc"] = new Mount.Proc(), ["/a/b"] = new Mount.Persist() },
    };
}
