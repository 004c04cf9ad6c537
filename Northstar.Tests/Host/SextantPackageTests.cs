// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Text.Json;
using Northstar.Host;
using Northstar.Npk;
using Northstar.Tests.Npk.Packing;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>The verbs of sextant that look into packages, change them or handle keys.</summary>
[Requires(HostFeature.SquashfsTools)]
public sealed class SextantPackageTests
{
    private TestFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TestFolder();
        Directory.CreateDirectory(_folder["root"]);
        File.WriteAllText(_folder["root/greeting"], "hello");
        Manifest("hello");
        KeyFiles.Generate(_folder.Path, "first");
        KeyFiles.Generate(_folder.Path, "second");
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task H95_Pack_KeyFromStandardInput_Signs()
    {
        Invocation run = await Invocation.RunAsync("sextant", PackArguments("-k", "-"), input: await File.ReadAllBytesAsync(_folder["first.key"]));
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        Invocation verify = await Invocation.SextantAsync("verify", "-k", _folder["first.pub"], _folder["a.npk"]);
        Assert.That(verify.Code, Is.EqualTo(ExitCode.Success), verify.Error);
    }

    [Test]
    public async Task H95_Pack_KeyOpenToOthers_Warns()
    {
        File.SetUnixFileMode(_folder["first.key"], (UnixFileMode)Convert.ToInt32("644", 8));
        Invocation run = await Invocation.SextantAsync(PackArguments("-k", _folder["first.key"]));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Error, Does.StartWith($"Warning: the private key {_folder["first.key"]} is open to other users").And.Contain("0644"));
    }

    [Test]
    public async Task Pack_Json_TellsWhatWasMade()
    {
        Invocation run = await Invocation.SextantAsync(PackArguments("-k", _folder["first.key"], "--json", "--processors", "1"));
        JsonElement package = JsonDocument.Parse(run.Output).RootElement.GetProperty("packages").EnumerateArray().Single();
        Assert.Multiple(() =>
        {
            Assert.That(package.GetProperty("path").GetString(), Is.EqualTo(_folder["a.npk"]));
            Assert.That(package.GetProperty("name").GetString(), Is.EqualTo("hello"));
            Assert.That(package.GetProperty("size").GetInt64(), Is.EqualTo(new FileInfo(_folder["a.npk"]).Length));
            Assert.That(package.GetProperty("signed_by").GetString(), Is.EqualTo(KeyFiles.ReadPublicKey(_folder["first.pub"]).Id));
            Assert.That(package.GetProperty("verity").GetProperty("root_hash").GetString(), Has.Length.EqualTo(64));
        });
    }

    [Test]
    public async Task H19_SignKeys_SignsAListInPlaceAndRefusesAnotherForm()
    {
        PublicKey key = KeyFiles.ReadPublicKey(_folder["second.pub"]);
        await File.WriteAllTextAsync(_folder["keys"], $"northstar keys 1\nserial 7\nkey {Convert.ToBase64String(key.Bytes)} names=a-*\n");
        Assert.That(await Invocation.SextantAsync("sign-keys", "-k", _folder["first.key"], _folder["keys"]), Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        KeyList list = KeyList.Parse(await File.ReadAllBytesAsync(_folder["keys"]), [KeyFiles.ReadPublicKey(_folder["first.pub"])], "keys");
        Assert.That((list.Serial, list.Keys.Single().Key), Is.EqualTo((7L, key)));

        await File.WriteAllTextAsync(_folder["keys"], "northstar keys 1\nserial x\n");
        Invocation refused = await Invocation.SextantAsync("sign-keys", "-k", _folder["first.key"], _folder["keys"], "-o", _folder["other"]);
        Assert.That((refused.Code, refused.Output), Is.EqualTo((ExitCode.Failure, "")));
        Assert.That(refused.Error, Does.Contain("line 2: the first line after the head"));
        Assert.That(_folder["other"], Does.Not.Exist);
    }

    [Test]
    public async Task Inspect_WithKey_TellsWhetherItSigned()
    {
        await PackAsync("-k", _folder["first.key"]);
        Invocation right = await Invocation.SextantAsync("inspect", "-k", _folder["second.pub"], "-k", _folder["first.pub"], _folder["a.npk"]);
        Invocation wrong = await Invocation.SextantAsync("inspect", "-k", _folder["second.pub"], _folder["a.npk"]);
        Invocation json = await Invocation.SextantAsync("inspect", "-s", "--json", "-k", _folder["second.pub"], _folder["a.npk"]);
        JsonElement root = JsonDocument.Parse(json.Output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(right.Output, Does.Contain($"signed by:   {KeyFiles.ReadPublicKey(_folder["first.pub"]).Id}\n"));
            Assert.That(wrong.Code, Is.EqualTo(ExitCode.Success));
            Assert.That(wrong.Output, Does.Contain("signed by:   none of the given keys: ").And.Contain("root hash:   "));
            Assert.That(root.GetProperty("signed_by").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(root.GetProperty("refused").GetString(), Does.Contain("none of the accepted keys"));
            Assert.That(root.TryGetProperty("files", out _), Is.False);
        });
    }

    [Test]
    public async Task Inspect_Package_ShowsIntegrityAndImageAsOtherToolsSeeThem()
    {
        await PackAsync("-k", _folder["first.key"], "-c", "xz", "-b", "65536");
        Invocation run = await Invocation.SextantAsync("inspect", _folder["a.npk"]);
        JsonElement json = JsonDocument.Parse((await Invocation.SextantAsync("inspect", "--json", _folder["a.npk"])).Output).RootElement;
        using NpkPackage package = NpkPackage.Open(_folder["a.npk"]);
        string image = _folder.Write("fs.img", File.ReadAllBytes(_folder["a.npk"])[(int)package.Image.OffsetBytes..][..(int)package.Image.LengthBytes]);
        string squashfs = Tool.Run("unsquashfs", "-s", image).Output;
        string verity = Tool.Run("veritysetup", "dump", image, "--hash-offset", $"{package.SquashfsLengthBytes}").Output;
        string Column(string name) => run.Output.Split('\n').Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[13..];
        Assert.Multiple(() =>
        {
            Assert.That(verity, Does.Match($@"UUID:\s+{Column("UUID")}\n").And.Match($@"Salt:\s+{Column("salt")}\n"));
            Assert.That(verity, Does.Match($@"Data blocks:\s+{Column("data blocks").Split(' ')[0]}\n"));
            Assert.That(Column("compression"), Is.EqualTo("xz, blocks of 65536 bytes"));
            Assert.That(squashfs, Does.Contain("Compression xz").And.Contain($"Number of inodes {Column("inodes")}\n"));
            Assert.That(Column("created"), Is.EqualTo("1970-01-01 00:00:00 UTC"));
            Assert.That(json.GetProperty("squashfs").GetProperty("compression").GetString(), Is.EqualTo("xz"));
            Assert.That(json.GetProperty("verity").GetProperty("uuid").GetString(), Is.EqualTo(Column("UUID")));
            Assert.That(
                json.GetProperty("files").EnumerateArray().Select(static file => $"{file.GetProperty("path")} {file.GetProperty("type")} {file.GetProperty("mode")}"),
                Is.EqualTo(new[] { "/ directory 0755", "/greeting file 0644", "/lib directory 0555" }));
        });
    }

    [Test]
    public async Task H76_Inspect_HostileNamesInTheImage_AreEscaped()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder["root"], "a\e[31m\nfs.img\u202E"), "x");
        await PackAsync();
        Invocation text = await Invocation.SextantAsync("inspect", _folder["a.npk"]);
        Invocation json = await Invocation.SextantAsync("inspect", "--json", _folder["a.npk"]);
        Assert.That(text.Output, Does.Contain(@"/a\u001B[31m\nfs.img\u202E").And.Not.Contain("\e").And.Not.Contain("\u202E"));
        Assert.That(json.Output, Does.Not.Contain("\e").And.Not.Contain("\u202E"));
        Assert.That(
            JsonDocument.Parse(json.Output).RootElement.GetProperty("files").EnumerateArray().Select(static file => file.GetProperty("path").GetString()),
            Does.Contain("/a\e[31m\nfs.img\u202E"));
    }

    [Test]
    [CancelAfter(120_000)]
    public void Inspect_PipeClosedEarly_EndsQuietly()
    {
        for (int i = 0; i < 1500; i++)
        {
            File.WriteAllBytes(_folder[$"root/{new string('x', 100)}-{i}"], []);
        }

        Assert.That(PackAsync().Result.Code, Is.EqualTo(ExitCode.Success));
        string program = Path.Combine(AppContext.BaseDirectory, "northstar.dll");
        (_, string output) = Tool.Run(
            "bash", "-c", "\"$0\" \"$1\" sextant inspect \"$2\" | head -n 1; echo \"${PIPESTATUS[0]}\"", Tool.Require("dotnet"), program, _folder["a.npk"]);
        Assert.That(output, Is.EqualTo($"Package {_folder["a.npk"]}\n0\n"));
    }

    [Test]
    [CancelAfter(120_000)]
    public void Pack_Interrupted_EndsWith130AndLeavesNothing(CancellationToken testEnds)
    {
        string tool = FakeTool.Versioned(_folder, "4.6", $"/bin/touch '{_folder["began"]}'; exec /bin/sleep 1000");
        Directory.CreateDirectory(_folder["tmp"]);
        Directory.CreateDirectory(_folder["out"]);
        ProcessStartInfo start = new(Tool.Require("dotnet"))
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "northstar.dll"), "sextant", "pack", "-m", _folder["manifest.yaml"], "-o", _folder["out"], "--mksquashfs", tool,
            },
            Environment = { ["TMPDIR"] = _folder["tmp"] },
        };
        using Process process = Process.Start(start)!;
        using (testEnds.Register(() => process.Kill(entireProcessTree: true)))
        {
            Assert.That(SpinWait.SpinUntil(() => File.Exists(_folder["began"]) || process.HasExited, TimeSpan.FromSeconds(100)), Is.True);
            Tool.Run("kill", "-INT", $"{process.Id}");
            process.WaitForExit();
        }

        Assert.That(process.ExitCode, Is.EqualTo((int)ExitCode.Interrupted));
        Assert.That(Directory.GetFileSystemEntries(_folder["out"]), Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(_folder["tmp"]).Where(static path => Path.GetFileName(path).StartsWith("northstar-", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Verify_SeveralPackages_TellsOfEachAndFailsForOne()
    {
        await PackAsync("-k", _folder["first.key"]);
        byte[] bytes = await File.ReadAllBytesAsync(_folder["a.npk"]);
        bytes[4096 + 200] ^= 1;
        _folder.Write("bad.npk", bytes);
        string[] paths = [_folder["bad.npk"], _folder["a.npk"], _folder["none.npk"]];
        Invocation text = await Invocation.SextantAsync(["verify", "-k", _folder["first.pub"], .. paths]);
        Invocation json = await Invocation.SextantAsync(["verify", "--json", .. paths]);
        JsonElement[] packages = [.. JsonDocument.Parse(json.Output).RootElement.GetProperty("packages").EnumerateArray()];
        Assert.Multiple(() =>
        {
            Assert.That(text.Code, Is.EqualTo(ExitCode.Failure));
            Assert.That(text.Output.Split('\n'), Has.Length.EqualTo(2).And.One.StartsWith($"{_folder["a.npk"]}: hello:0.0.2 is intact"));
            Assert.That(text.Error.Split('\n').Where(static line => line.StartsWith("Error: ", StringComparison.Ordinal)).ToArray(), Has.Length.EqualTo(2));
            Assert.That(json.Code, Is.EqualTo(ExitCode.Failure));
            Assert.That(packages.Select(static p => p.GetProperty("intact").GetBoolean()), Is.EqualTo(new[] { false, true, false }));
            Assert.That(packages[0].GetProperty("error").GetString(), Does.Contain("data block 0 does not match"));
            Assert.That(packages[1].GetProperty("container").GetString(), Is.EqualTo("hello:0.0.2"));
        });
    }

    [Test]
    public async Task Sign_ThroughALink_ReplacesThePackageAndOnlyIfTrusted()
    {
        await PackAsync("-k", _folder["first.key"]);
        File.CreateSymbolicLink(_folder["link.npk"], _folder["a.npk"]);
        byte[] before = await File.ReadAllBytesAsync(_folder["a.npk"]);
        Invocation distrusted = await Invocation.SextantAsync("sign", "-k", _folder["second.key"], "--trust", _folder["second.pub"], _folder["link.npk"]);
        Assert.That(distrusted.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(await File.ReadAllBytesAsync(_folder["a.npk"]), Is.EqualTo(before));

        Invocation sign = await Invocation.SextantAsync("sign", "-k", _folder["second.key"], "--trust", _folder["first.pub"], _folder["link.npk"]);
        Assert.That(sign, Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        Assert.That(new FileInfo(_folder["link.npk"]).LinkTarget, Is.EqualTo(_folder["a.npk"]));
        Assert.That((await Invocation.SextantAsync("verify", "-k", _folder["second.pub"], _folder["a.npk"])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await Invocation.SextantAsync("verify", "-k", _folder["first.pub"], _folder["a.npk"])).Code, Is.EqualTo(ExitCode.Failure));
    }

    [Test]
    public async Task Repack_NewManifest_KeepsTheImage()
    {
        await PackAsync("-k", _folder["first.key"]);
        Manifest("patched");
        Invocation run = await Invocation.SextantAsync(
            "repack", "-m", _folder["manifest.yaml"], "-o", _folder["b.npk"], "-k", _folder["second.key"], "--trust", _folder["first.pub"], _folder["a.npk"]);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "", "")));
        using NpkPackage before = NpkPackage.Open(_folder["a.npk"]);
        using NpkPackage after = NpkPackage.Open(_folder["b.npk"], new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(_folder["second.pub"])] });
        after.Verify();
        Assert.That(after.Manifest.Name.ToString(), Is.EqualTo("patched"));
        Assert.That(
            File.ReadAllBytes(_folder["b.npk"]).AsSpan((int)after.Image.OffsetBytes, (int)after.SquashfsLengthBytes)
                .SequenceEqual(File.ReadAllBytes(_folder["a.npk"]).AsSpan((int)before.Image.OffsetBytes, (int)before.SquashfsLengthBytes)),
            Is.True);
    }

    [Test]
    public async Task Repack_ImageWithoutAMountPoint_IsRefused()
    {
        await PackAsync();
        Manifest("hello", "/data");
        Invocation run = await Invocation.SextantAsync("repack", "-m", _folder["manifest.yaml"], "-o", _folder["b.npk"], _folder["a.npk"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: repack: the image has no /data, where the manifest mounts something"));
        Assert.That(_folder["b.npk"], Does.Not.Exist);
    }

    [Test]
    public async Task Repack_OtherOwner_WarnsAndMayBeUnsigned()
    {
        await PackAsync("-k", _folder["first.key"]);
        Manifest("hello", uid: 7);
        Invocation run = await Invocation.SextantAsync("repack", "-m", _folder["manifest.yaml"], "-o", _folder["b.npk"], _folder["a.npk"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success), run.Error);
        Assert.That(run.Error, Does.Contain("Warning: the files of the image belong to 100:1, and the manifest has 7:1"));
        using NpkPackage package = NpkPackage.Open(_folder["b.npk"]);
        Assert.That(package.IsSigned, Is.False);
    }

    [Test]
    public async Task Help_OfSextant_NamesVerbsAndExitCodes()
    {
        Invocation run = await Invocation.SextantAsync("--help");
        foreach (string word in new[] { "pack", "repack", "sign", "unpack", "inspect", "verify", "gen-key", "Exit codes: 0 done, 1 failed", "130" })
        {
            Assert.That(run.Output, Does.Contain(word));
        }
    }

    private void Manifest(string name, string target = "/lib", int uid = 100) => File.WriteAllText(
        _folder["manifest.yaml"],
        $"name: {name}\nversion: 0.0.2\ninit: /binary\nuid: {uid}\ngid: 1\nmounts:\n  {target}:\n    type: bind\n    host: /lib\n");

    private string[] PackArguments(params string[] more) => ["pack", "-m", _folder["manifest.yaml"], "-r", _folder["root"], "-o", _folder["a.npk"], .. more];

    private async Task<Invocation> PackAsync(params string[] more)
    {
        Invocation run = await Invocation.SextantAsync(PackArguments(more));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success), run.Error);
        return run;
    }
}
