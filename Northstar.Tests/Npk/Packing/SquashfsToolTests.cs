// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Packing;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>How mksquashfs is found, judged and run.</summary>
[TestFixture]
internal sealed class SquashfsToolTests
{
    private PackFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new PackFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    private NpkBuildOptions WithDevices => _fixture.Options with
    {
        Manifest = _fixture.Options.Manifest with { Mounts = new Dictionary<string, Mount> { ["/dev"] = new Mount.Dev() } },
    };

    [TestCase("4.4", "4.4.0")]
    [TestCase("4.5", "4.5.0")]
    [TestCase("4.5-abc", "4.5.0")]
    [TestCase("3.9.9", "3.9.9")]
    public void T272_Pack_ToolBefore451_IsRefusedByNameAndVersion(string version, string shown)
    {
        string tool = FakeTool.Recording(_fixture.Folder, version);
        Assert.That(
            () => NpkBuilder.Pack(_fixture.Options with { MksquashfsPath = tool }, _fixture.Out),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Tool)
                .And.Message.EqualTo($"run {tool}: its version is {shown}; 4.5.1 or newer is needed"));
        Assert.That(Directory.GetFiles(_fixture.Out), Is.Empty);
    }

    [TestCase("4.5.1", false)]
    [TestCase("4.5.2", false)]
    [TestCase("4.6", true)]
    [TestCase("4.6.1", true)]
    [TestCase("4.7", true)]
    [TestCase("5.0-git", true)]
    public void T272_Pack_ToolFrom451On_UsesWhatItHas(string version, bool attributes)
    {
        List<string> warnings = [];
        string path = NpkBuilder.Pack(
            WithDevices with { MksquashfsPath = FakeTool.Recording(_fixture.Folder, version), Warning = warnings.Add }, _fixture.Out);
        string pseudo = File.ReadAllText(_fixture.Folder["pseudo"]);
        Assert.Multiple(() =>
        {
            Assert.That(path, Does.Exist);
            Assert.That(pseudo, Does.Contain("/dev/null c 666 100 1 1 3\n"));
            Assert.That(pseudo, attributes ? Does.Contain("/dev/null x security.selinux=") : Does.Not.Contain(" x "));
            Assert.That(warnings, attributes ? Is.Empty : Has.Exactly(1).Contains("cannot give device nodes extended attributes, 4.6 can"));
        });
    }

    [TestCase("echo Hello", "Hello")]
    [TestCase("echo squashfs tools version nonsense", "nonsense")]
    [TestCase("exit 7", "exit code was 7")]
    [TestCase("echo oops >&2; exit 3", "oops")]
    public void Pack_ToolWithoutVersion_IsRefusedWithWhatItSaid(string body, string said) => Refuses(FakeTool.Script(_fixture.Folder, "tool", body), said);

    [Test]
    public void Pack_ToolThatIsMissingOrNoProgram_IsRefused()
    {
        Refuses(_fixture.Folder["none"], "no such program");
        Refuses("no-such-mksquashfs", "no such program");
        Refuses(_fixture.Folder.Write("data", [1, 2, 3]), "data");
    }

    [Test]
    public void Pack_ToolFails_ReplaysWhatItSaid() => Refuses(
        FakeTool.Versioned(_fixture.Folder, "4.6", "echo to-output; echo to-error >&2; exit 9"), "ended with exit code 9\nto-output\nto-error");

    [Test]
    public void Pack_ToolReplacesUnreadableFile_IsRefused() => Refuses(
        FakeTool.Versioned(
            _fixture.Folder, "4.5.1", $"echo 'Failed to read file root/secret, creating empty file' >&2; /bin/cp '{_fixture.Folder.Write("i", TestPackage.Image(1))}' \"$2\""),
        "Failed to read file root/secret");

    [Test]
    [CancelAfter(60_000)]
    public void Pack_HangingToolCancelled_EndsItWithItsChildren([Values("version", "work")] string when, CancellationToken testEnds)
    {
        // The script and a child of it that holds the pipes; both write who they are before they hang.
        string hang = $"/bin/sleep 1000 & echo \"$$ $!\" > '{_fixture.Folder["pids.new"]}'; /bin/mv '{_fixture.Folder["pids.new"]}' '{_fixture.Folder["pids"]}'; wait";
        string tool = when == "version" ? FakeTool.Script(_fixture.Folder, "tool", hang) : FakeTool.Versioned(_fixture.Folder, "4.6", hang);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(testEnds);
        Task<string> pack = Task.Run(() => NpkBuilder.Pack(_fixture.Options with { MksquashfsPath = tool }, _fixture.Out, cancel.Token), testEnds);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(_fixture.Folder["pids"]) || pack.IsCompleted, TimeSpan.FromSeconds(50)), Is.True);
        cancel.Cancel();
        Assert.That(async () => await pack, Throws.InstanceOf<OperationCanceledException>());
        foreach (string pid in File.ReadAllText(_fixture.Folder["pids"]).Split())
        {
            Assert.That(pid.Length == 0 || SpinWait.SpinUntil(() => HasEnded(pid), TimeSpan.FromSeconds(10)), Is.True, pid);
        }

        Assert.That(Directory.GetFileSystemEntries(_fixture.Out), Is.Empty);
    }

    [Test]
    public void H96_Pack_Tool_GetsArgumentsAsTheyAreAnEmptyEnvironmentAndAPrivateDirectory()
    {
        string root = Directory.CreateDirectory(_fixture.Folder["a b;$(touch x)'\"*"]).FullName;
        string tool = FakeTool.Recording(_fixture.Folder, "4.5.1");
        NpkBuilder.Pack(_fixture.Signed with { RootDirectory = root, MksquashfsPath = tool, Processors = 1 }, _fixture.Out);
        string[] arguments = File.ReadAllLines(_fixture.Folder["arguments"]);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(_fixture.Folder["environment"]), Is.Empty);
            Assert.That(arguments[0], Is.EqualTo(root));
            Assert.That(arguments, Is.SupersetOf(new[] { "-force-uid", "100", "-force-gid", "1", "-processors" }));
            Assert.That(File.ReadAllText(_fixture.Folder["directory"]), Does.StartWith("700 "));
            Assert.That(string.Join('\n', arguments), Does.Not.Contain(Convert.ToHexString(TestPackage.Seed)).IgnoreCase);
        });
    }

    [Test]
    public void H95_Pack_SignerOutsideTheProcess_IsAskedOnce()
    {
        using PrivateKey key = TestPackage.Key();
        SigningDevice device = new(key, key.PublicKey);
        string path = NpkBuilder.Pack(
            _fixture.Options with { Key = device, MksquashfsPath = FakeTool.Recording(_fixture.Folder, "4.6") }, _fixture.Out);
        using NpkPackage package = NpkPackage.Open(path, TestPackage.Trusting);
        Assert.That(() => package.Verify(), Throws.Nothing);
        Assert.That(device.Messages, Has.Count.EqualTo(1));
    }

    [Test]
    [NonParallelizable]
    public void H96_Find_RelativeDirectoryOnTheSearchPath_IsNotUsed()
    {
        string? saved = Environment.GetEnvironmentVariable("PATH");
        string directory = Directory.CreateDirectory(_fixture.Folder["tools"]).FullName;
        string absolute = Directory.CreateDirectory(_fixture.Folder["absolute"]).FullName;
        string noProgram = Directory.CreateDirectory(_fixture.Folder["data"]).FullName;
        foreach (string place in new[] { directory, absolute })
        {
            File.Copy(FakeTool.Recording(_fixture.Folder, "4.6"), Path.Combine(place, "my-mksquashfs"));
        }

        File.WriteAllText(Path.Combine(noProgram, "my-mksquashfs"), "data");
        try
        {
            string relative = Path.GetRelativePath(Environment.CurrentDirectory, directory);
            Environment.SetEnvironmentVariable("PATH", $"{relative}:.");
            Assert.That(() => ToolProcess.Find("my-mksquashfs"), Throws.TypeOf<NpkException>());
            Environment.SetEnvironmentVariable("PATH", $"{relative}:{noProgram}:{absolute}");
            Assert.That(ToolProcess.Find("my-mksquashfs"), Is.EqualTo(Path.Combine(absolute, "my-mksquashfs")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", saved);
        }
    }

    private static bool HasEnded(string pid)
    {
        try
        {
            // A killed child of the dead script is reaped by whoever takes it in, sooner or later.
            string status = File.ReadAllText($"/proc/{pid}/stat");
            return status[(status.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    private void Refuses(string tool, string text)
    {
        Assert.That(
            () => NpkBuilder.Pack(_fixture.Options with { MksquashfsPath = tool }, _fixture.Out),
            Throws.TypeOf<NpkException>().With.Property("Code").EqualTo(NpkErrorCode.Tool).And.Message.Contains(text));
        Assert.That(Directory.GetFiles(_fixture.Out), Is.Empty);
    }
}
