// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>What an image holds at the targets of its manifest, as unsquashfs sees it.</summary>
[TestFixture]
internal sealed class MountPointTests
{
    private static readonly Mount s_bind = new Mount.Bind("/x", MountOptions.None);

    private PackFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        Tool.Require("mksquashfs");
        Tool.Require("unsquashfs");
        _fixture = new PackFixture();
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public void Pack_EveryKindOfMount_HasDirectoriesNodesAndLinks()
    {
        string[] lines = Pack(
            ("/dev", new Mount.Dev()), ("/proc", new Mount.Proc()), ("/sys", new Mount.Sysfs()), ("/a/b", new Mount.Tmpfs(0)), ("/p", new Mount.Persist()),
            ("/ro", s_bind), ("/rw", new Mount.Bind("/x", MountOptions.ReadWrite)), ("/s", new Mount.Sockets()),
            ("/r/s", new Mount.Resource(ContainerName.Parse("r"), VersionRequirement.Parse("1.0.0"), "/", MountOptions.None)));
        Assert.That(lines, Is.SupersetOf(new[]
        {
            "drwxr-xr-x 100/1 /dev", "dr--r--r-- 100/1 /proc", "dr--r--r-- 100/1 /sys", "drwxr-xr-x 100/1 /a", "drwxr-xr-x 100/1 /a/b",
            "drwxr-xr-x 100/1 /p", "dr-xr-xr-x 100/1 /ro", "drwxr-xr-x 100/1 /rw", "drwxr-xr-x 100/1 /s", "dr-xr-xr-x 100/1 /r", "dr-xr-xr-x 100/1 /r/s",
            "crw-rw-rw- 100/1 /dev/full 1:7", "crw-rw-rw- 100/1 /dev/null 1:3", "crw-rw-rw- 100/1 /dev/random 1:8", "crw-rw-rw- 100/1 /dev/tty 5:0",
            "crw-rw-rw- 100/1 /dev/urandom 1:9", "crw-rw-rw- 100/1 /dev/zero 1:5",
            "lrwxrwxrwx 100/1 /dev/fd -> /proc/self/fd", "lrwxrwxrwx 100/1 /dev/stdin -> /proc/self/fd/0",
            "lrwxrwxrwx 100/1 /dev/stdout -> /proc/self/fd/1", "lrwxrwxrwx 100/1 /dev/stderr -> /proc/self/fd/2",
            "-rw-r--r-- 100/1 /etc/hosts",
        }));
        Assert.That(lines, Has.None.Contains("100/1 /proc/self"), "its parent is not defined");
    }

    [TestCase("/my data")]
    [TestCase("/back\\slash\\")]
    [TestCase("/\"quoted\" and 'single'")]
    [TestCase("/\"start")]
    [TestCase("/glob*?[x]{a,b}")]
    [TestCase("/#hash$(x)`y`;&|<>")]
    [TestCase("/ä/日本/🚀")]
    [TestCase("/-dash")]
    [TestCase("/ leading and trailing ")]
    public void Pack_TargetWithOddCharacters_IsMadeExactly(string target) =>
        Assert.That(Pack((target, new Mount.Persist())), Does.Contain($"drwxr-xr-x 100/1 {target}"));

    [Test]
    public void Pack_WhatTheRootHas_Wins()
    {
        // An existing directory keeps its mode, the first of two definitions counts, and nothing is made below a file.
        Directory.CreateDirectory(Path.Combine(_fixture.Root, "data"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_fixture.Root, "data"), (UnixFileMode)Convert.ToInt32("1700", 8));
        }

        string[] lines = Pack(("/data", new Mount.Persist()), ("/z/a", s_bind), ("/z/b", new Mount.Persist()), ("/foo/below", s_bind));
        Assert.That(lines, Is.SupersetOf(new[]
        {
            "drwx-----T 100/1 /data", "dr-xr-xr-x 100/1 /z", "dr-xr-xr-x 100/1 /z/a", "drwxr-xr-x 100/1 /z/b", "-rw-r--r-- 100/1 /foo",
        }));
        Assert.That(lines, Has.None.Contains("/foo/below"));
    }

    [Test]
    public void Missing_TreeAndManifest_NamesTargetsThatAreNotThere()
    {
        File.CreateSymbolicLink(Path.Combine(_fixture.Root, "inside"), "/etc/./../lib");
        File.CreateSymbolicLink(Path.Combine(_fixture.Root, "etc", "up"), "../../../bin");
        File.CreateSymbolicLink(Path.Combine(_fixture.Root, "outside"), "/nowhere");
        File.CreateSymbolicLink(Path.Combine(_fixture.Root, "loop"), "loop");
        using NpkPackage package = NpkPackage.Open(NpkBuilder.Pack(_fixture.Options, _fixture.Out));
        Manifest manifest = With(
            ("/lib", s_bind), ("/foo", s_bind), ("/inside", s_bind), ("/etc/up", s_bind), ("/outside", s_bind), ("/loop/x", s_bind), ("/none", s_bind),
            ("/none/below", s_bind), ("/foo2", s_bind));
        Assert.That(
            MountPoints.Missing(manifest, NpkUnpacker.List(package)), Is.EquivalentTo(new[] { "/outside", "/loop/x", "/none", "/foo2" }));
    }

    private Manifest With(params (string Target, Mount Mount)[] mounts) =>
        _fixture.Options.Manifest with { Mounts = mounts.ToDictionary(static pair => pair.Target, static pair => pair.Mount) };

    /// <summary>Packs a manifest with mounts and returns what unsquashfs lists: mode, owner, path, and device or target.</summary>
    private string[] Pack(params (string Target, Mount Mount)[] mounts)
    {
        string path = NpkBuilder.Pack(_fixture.Options with { Manifest = With(mounts) }, _fixture.Out);
        using NpkPackage package = NpkPackage.Open(path);
        IReadOnlyList<SquashfsEntry> entries = NpkUnpacker.List(package);
        string image = _fixture.Folder.Write("fs.img", File.ReadAllBytes(path).AsSpan(4096, (int)package.Image.LengthBytes).ToArray());

        // What we print has the columns of the tool, for every entry.
        string listed = Tool.Run("unsquashfs", "-UTC", "-lln", image).Output;
        foreach (SquashfsEntry entry in entries.Skip(1))
        {
            string[] columns = entry.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(listed, Does.Contain(entry.ToString()[..10]).And.Contain("squashfs-root" + entry.Path).And.Contain(columns[1]));
        }

        return
        [
            .. entries.Select(static entry =>
                $"{entry.ToString()[..10]} {entry.Uid}/{entry.Gid} {entry.Path}{(entry.Device is { } device ? " " + device : "")}"
                + (entry.LinkTarget is { } target ? " -> " + target : "")),
        ];
    }
}
