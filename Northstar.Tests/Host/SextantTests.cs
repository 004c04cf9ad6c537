// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Host;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>The verbs of sextant on real packages.</summary>
public sealed class SextantTests
{
    private TestFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TestFolder();
        Directory.CreateDirectory(_folder["root"]);
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["root/greeting"], "hello");
        File.WriteAllText(
            _folder["manifest.yaml"],
            "name: hello\nversion: 0.0.2\ninit: /binary\nuid: 100\ngid: 1\nenv:\n  HELLO: north\nmounts:\n  /lib:\n    type: bind\n    host: /lib\n");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task GenerateKey_Twice_FailsAndChangesNothing()
    {
        Assert.That(await Invocation.SextantAsync("gen-key", "-n", "a.b", "-o", _folder.Path), Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        byte[] secret = await File.ReadAllBytesAsync(_folder["a.b.key"]);
        Invocation again = await Invocation.SextantAsync("gen-key", "-n", "a.b", "-o", _folder.Path);
        Assert.That(again.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(again.Error, Does.StartWith("Error: write key ").And.Contain("exists"));
        Assert.That(secret, Has.Length.EqualTo(32));
        Assert.That(await File.ReadAllBytesAsync(_folder["a.b.key"]), Is.EqualTo(secret));
        Assert.That(File.GetUnixFileMode(_folder["a.b.key"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(await File.ReadAllBytesAsync(_folder["a.b.pub"]), Has.Length.EqualTo(32));
    }

    [TestCase("")]
    [TestCase("../x")]
    public async Task GenerateKey_NameIsAPath_Fails(string name) =>
        Assert.That((await Invocation.SextantAsync("gen-key", "-n", name, "-o", _folder.Path)).Code, Is.EqualTo(ExitCode.Failure));

    [Test, Requires(HostFeature.SquashfsTools)]
    public async Task T270_Inspect_SignedPackage_ShowsIt()
    {
        string package = await PackAsync();
        Invocation brief = await Invocation.SextantAsync("inspect", "-s", package);
        Invocation full = await Invocation.SextantAsync("inspect", package);
        Invocation json = await Invocation.SextantAsync("inspect", "--json", package);
        using JsonDocument document = JsonDocument.Parse(json.Output);

        Assert.Multiple(() =>
        {
            Assert.That(brief, Is.EqualTo(new Invocation(
                ExitCode.Success, "name: hello, version: 0.0.2, NPK version: 0.9.3, resource container: no\n", "")));
            Assert.That(full.Code, Is.EqualTo(ExitCode.Success));
            Assert.That(
                full.Output.Split('\n').Where(line => line is "manifest.yaml" or "signature.yaml" or "Integrity" or "Image" or "fs.img" || line == $"Package {package}"),
                Is.EqualTo(new[]
                {
                    $"Package {package}", "manifest.yaml", "signature.yaml", "fs.img", "manifest.yaml", "signature.yaml", "Integrity", "Image", "fs.img",
                }));
            Assert.That(full.Output, Does.Contain("HELLO: north").And.Contain(" /greeting\n"));
            Assert.That(document.RootElement.GetProperty("signed").GetBoolean(), Is.True);
            Assert.That(document.RootElement.GetProperty("manifest").GetProperty("env").GetProperty("HELLO").GetString(), Is.EqualTo("north"));
            Assert.That(document.RootElement.GetProperty("verity").GetProperty("root_hash").GetString(), Has.Length.EqualTo(64));
        });
    }

    [TestCase("-s")]
    [TestCase("--json")]
    [TestCase]
    public async Task T271_Inspect_MissingFile_Fails(params string[] options)
    {
        Invocation run = await Invocation.SextantAsync(["inspect", .. options, "/nonexistent/x.npk"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.StartWith("Error: ").And.Contain("/nonexistent/x.npk"));
    }

    [Test, Requires(HostFeature.SquashfsTools)]
    public async Task T272_Pack_ToAFileAndUnpack_GivesTheTree()
    {
        string file = _folder["some.npk"];
        Invocation pack = await Invocation.SextantAsync(
            "pack", "-m", _folder["manifest.yaml"], "-r", _folder["root"], "-o", file, "-c", "zstd", "--level", "3", "-b", "65536");
        Invocation unpack = await Invocation.SextantAsync("unpack", "-n", file, "-o", _folder["unpacked"]);

        Assert.That(pack, Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        Assert.That(unpack, Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        Assert.That(
            Directory.GetFileSystemEntries(_folder["unpacked"]).Select(static p => Path.GetFileName(p)), Is.EquivalentTo(new[] { "manifest.yaml", "root" }));
        Assert.That(await File.ReadAllTextAsync(_folder["unpacked/root/greeting"]), Is.EqualTo("hello"));
    }

    [Test, Requires(HostFeature.SquashfsTools)]
    public async Task T272_Pack_Clones_AreNumbered()
    {
        Invocation run = await Invocation.SextantAsync("pack", "-m", _folder["manifest.yaml"], "-o", _folder["out"], "--clones", "10");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success), run.Error);
        Assert.That(
            Directory.GetFiles(_folder["out"]).Select(static p => Path.GetFileName(p)),
            Is.EquivalentTo(Enumerable.Range(0, 10).Select(static i => $"hello-0{i}-0.0.2.npk")));
    }

    [Test, Requires(HostFeature.SquashfsTools)]
    public async Task Pack_Twice_GivesTheSameBytesUnlessRandom()
    {
        string[] pack = ["pack", "-m", _folder["manifest.yaml"], "-r", _folder["root"], "-k", await KeyAsync(), "-o"];
        await Invocation.SextantAsync([.. pack, _folder["1.npk"]]);
        await Invocation.SextantAsync([.. pack, _folder["2.npk"]]);
        await Invocation.SextantAsync([.. pack, _folder["3.npk"], "--random"]);
        byte[] first = await File.ReadAllBytesAsync(_folder["1.npk"]);
        Assert.That(await File.ReadAllBytesAsync(_folder["2.npk"]), Is.EqualTo(first));
        Assert.That(await File.ReadAllBytesAsync(_folder["3.npk"]), Is.Not.EqualTo(first));
        foreach (string file in new[] { "1.npk", "3.npk" })
        {
            using NpkPackage package = NpkPackage.Open(_folder[file]);
            Assert.That(package.ReadClaimedVerity()!.Superblock.Salt.Length, Is.EqualTo(32), file);
        }
    }

    [Test]
    public async Task Pack_InvalidManifest_FailsWithThePlaceAndWritesNothing()
    {
        await File.WriteAllTextAsync(_folder["manifest.yaml"], "name: hello\nversion: 0.0.2\nuid: 1\ngid: 1\nnope: 1\n");
        Invocation run = await Invocation.SextantAsync("pack", "-m", _folder["manifest.yaml"], "-o", _folder["out"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith($"Error: the manifest {_folder["manifest.yaml"]} is invalid\n{_folder["manifest.yaml"]}:5:1: "));
        Assert.That(Directory.GetFileSystemEntries(_folder["out"]), Is.Empty);
    }

    [Test]
    public async Task T272_Pack_OldMksquashfs_IsRefusedByNameAndVersion()
    {
        string tool = _folder["mksquashfs"];
        await File.WriteAllTextAsync(tool, "#!/bin/sh\necho 'mksquashfs version 4.4 (2019/08/29)'\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Invocation run = await Invocation.SextantAsync("pack", "-m", _folder["manifest.yaml"], "-o", _folder["out"], "--mksquashfs", tool);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.Contain(tool).And.Contain("4.4.0").And.Contain("4.5.1"));
    }

    [Test, Requires(HostFeature.SquashfsTools)]
    public async Task Verify_PackageAndDamagedPackage_TellsThemApart()
    {
        string package = await PackAsync();
        Invocation good = await Invocation.SextantAsync("verify", package, "-k", _folder["test.pub"]);
        Invocation withoutKey = await Invocation.SextantAsync("verify", package);
        using (NpkPackage npk = NpkPackage.Open(package))
        await using (FileStream stream = new(package, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = npk.Image.OffsetBytes + 200;
            int old = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(old ^ 1));
        }

        Invocation bad = await Invocation.SextantAsync("verify", package, "-k", _folder["test.pub"]);
        Assert.Multiple(() =>
        {
            Assert.That(good.Code, Is.EqualTo(ExitCode.Success), good.Error);
            Assert.That(good.Output, Does.StartWith($"{package}: hello:0.0.2 is intact, ").And.Match("signed by [0-9a-f]{64}, hash [0-9a-f]{64}\n"));
            Assert.That(withoutKey.Output, Does.Contain("the signature was not checked"));
            Assert.That(bad.Code, Is.EqualTo(ExitCode.Failure));
            Assert.That(bad.Output, Is.Empty);
        });
    }

    private async Task<string> KeyAsync()
    {
        await Invocation.SextantAsync("gen-key", "-n", "test", "-o", _folder.Path);
        return _folder["test.key"];
    }

    private async Task<string> PackAsync()
    {
        Invocation run = await Invocation.SextantAsync(
            "pack", "-m", _folder["manifest.yaml"], "-r", _folder["root"], "-k", await KeyAsync(), "-o", _folder["out"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success), run.Error);
        return _folder["out/hello-0.0.2.npk"];
    }
}
