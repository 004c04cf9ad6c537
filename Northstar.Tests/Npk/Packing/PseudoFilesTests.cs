// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Packing;

namespace Northstar.Tests.Npk.Packing;

[TestFixture]
internal sealed class PseudoFilesTests
{
    private static readonly Manifest s_manifest = new()
    {
        Name = ContainerName.Parse("demo"), Version = new PackageVersion(1, 0, 0), Uid = 20, Gid = 30,
    };

    [Test]
    public void U078_Directories_TwoLevels_GivesOneLineForEach() => Assert.That(
        PseudoFiles.Directories("/dev/block", 755, 0, 0), Is.EqualTo(new[] { "/dev d 755 0 0", "/dev/block d 755 0 0" }));

    [Test]
    public void U079_Directories_OtherOwner_NamesIt() =>
        Assert.That(PseudoFiles.Directories("/dev", 755, 20, 30), Is.EqualTo(new[] { "/dev d 755 20 30" }));

    [TestCase("/", "")]
    [TestCase("//a//./b/", "/a,/a/b")]
    [TestCase("/my dir", "/my\\ dir")]
    [TestCase("/a\\b\"c", "/a\\\\b\\\"c")]
    public void Directories_OddPath_IsNormalisedAndEscaped(string path, string expected) => Assert.That(
        string.Join(',', PseudoFiles.Directories(path, 555, 1, 2).Select(line => line[..^" d 555 1 2".Length])), Is.EqualTo(expected));

    [Test]
    public void Directories_ControlCharacter_IsRefused() => Assert.That(
        () => PseudoFiles.Directories("/a\nb c 666 0 0 1 1", 755, 0, 0).ToList(),
        Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Manifest));

    [Test]
    public void Lines_EveryKindOfMount_HasItsModeInByteOrder()
    {
        Manifest manifest = With(
            ("/z", new Mount.Sysfs()), ("/b", new Mount.Bind("/x", MountOptions.None)), ("/B", new Mount.Bind("/x", MountOptions.ReadWrite)),
            ("/p", new Mount.Persist()), ("/q", new Mount.Proc()), ("/s", new Mount.Sockets()), ("/t", new Mount.Tmpfs(1)),
            ("/r", new Mount.Resource(ContainerName.Parse("r"), VersionRequirement.Parse("1.0.0"), "/", MountOptions.None)));
        Assert.That(PseudoFiles.Lines(manifest, withAttributes: false), Is.EqualTo(new[]
        {
            "/B d 755 20 30", "/b d 555 20 30", "/p d 755 20 30", "/q d 444 20 30", "/r d 555 20 30", "/s d 755 20 30", "/t d 755 20 30", "/z d 444 20 30",
        }));
    }

    [Test]
    public void Lines_DevAndProc_HaveNodesLinksAndLabels()
    {
        List<string> lines = PseudoFiles.Lines(With(("/dev", new Mount.Dev()), ("/proc", new Mount.Proc())), withAttributes: true);
        Assert.That(lines, Is.EqualTo(new[]
        {
            "/dev d 755 20 30",
            "/dev/full c 666 20 30 1 7", "/dev/full x security.selinux=u:object_r:null_device:s0",
            "/dev/null c 666 20 30 1 3", "/dev/null x security.selinux=u:object_r:full_device:s0",
            "/dev/random c 666 20 30 1 8", "/dev/random x security.selinux=u:object_r:full_device:s0",
            "/dev/tty c 666 20 30 5 0", "/dev/tty x security.selinux=u:object_r:owntty_device:s0",
            "/dev/urandom c 666 20 30 1 9", "/dev/urandom x security.selinux=u:object_r:random_device:s0",
            "/dev/zero c 666 20 30 1 5", "/dev/zero x security.selinux=u:object_r:zero_device:s0",
            "/proc/self/fd d 777 20 30",
            "/dev/fd s 777 20 30 /proc/self/fd", "/dev/fd x security.selinux=u:r:su:s0",
            "/dev/stdin s 777 20 30 /proc/self/fd/0", "/dev/stdin x security.selinux=u:r:su:s0",
            "/dev/stdout s 777 20 30 /proc/self/fd/1", "/dev/stdout x security.selinux=u:r:su:s0",
            "/dev/stderr s 777 20 30 /proc/self/fd/2", "/dev/stderr x security.selinux=u:r:su:s0",
            "/proc d 444 20 30",
        }));
        Assert.That(PseudoFiles.Lines(With(("/dev", new Mount.Dev())), withAttributes: false), Has.Count.EqualTo(7).And.All.Not.Contain(" x "));
    }

    private static Manifest With(params (string Target, Mount Mount)[] mounts) =>
        s_manifest with { Mounts = mounts.ToDictionary(pair => pair.Target, pair => pair.Mount) };
}
