// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What a runtime finds in its directories when it starts.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RepositoryLoadTests : RuntimeFixture
{
    private static readonly string[] s_bad = ["truncated.npk", "random.npk", "empty.npk", "directory.npk", "fifo.npk", "zero.npk", "link.npk", "dangling.npk"];

    private bool _strict;

    protected override bool StartsAtOnce => false;

    [Test]
    public async Task H16_T086_BadPackages_AreReportedAndTheOthersLoad()
    {
        Good("message-0.0.1", "message-0.0.2", "test-resource");
        Array.ForEach(s_bad, Bad);
        string[] files = Listing();

        await StartAsync();

        Assert.That((await Client.ListAsync()).Select(static c => c.ToString()), Is.EquivalentTo(["message:0.0.1", "message:0.0.2", "test-resource:0.0.1"]));
        LogCapture.Record[] refused = [.. Logs.Records.Where(static r => r.Event == "PackageRefused")];
        Assert.That(refused, Has.Length.EqualTo(s_bad.Length));
        foreach (string name in s_bad)
        {
            Assert.That(refused.Select(static r => r.Message), Has.Exactly(1).StartsWith($"Repository fs: {name} is left out: "));
        }

        Assert.That(refused.Select(static r => r.Level), Is.All.EqualTo(LogLevel.Error));
        Assert.That(Listing(), Is.EqualTo(files), "nothing of somebody's is removed");
        Assert.That(await Client.MountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
    }

    [TestCaseSource(nameof(s_bad))]
    public async Task T086_StrictRepository_FailsTheStartNamingTheFile(string name)
    {
        Good("message-0.0.1");
        Bad(name);
        _strict = true;

        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);

        Assert.That(failure!.Message, Does.Contain("repository fs").And.Contain(name));
        _strict = false;
        await StartAsync();
        Assert.That(await Client.ListAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task StaleInstalls_AreSweptAndOtherFilesStay()
    {
        Good("message-0.0.1");
        await File.WriteAllTextAsync(Path.Combine(RepositoryDirectory, ".northstar-install-0123"), "half a package");
        await File.WriteAllTextAsync(Path.Combine(RepositoryDirectory, "notes.txt"), "mine");
        await File.WriteAllTextAsync(Path.Combine(RepositoryDirectory, ".hidden.npk"), "mine too");

        await StartAsync();

        Assert.That(Listing(), Is.EqualTo(new[] { ".hidden.npk", "message-0.0.1.npk", "notes.txt" }));
        Assert.That(Logs.Records.Where(static r => r.Event == "StaleInstall").Select(static r => r.Message), Is.EqualTo(new[] { "Repository fs: removing .northstar-install-0123, left over from an install that did not end" }));
        Assert.That(Logs.Records.Where(static r => r.Event == "PackageRefused"), Is.Empty);
    }

    [Test]
    public async Task ContainerInTwoFiles_IsLoadedOnceAndReported()
    {
        Good("message-0.0.1");
        File.Copy(TestPackages.Sample("message-0.0.1"), Path.Combine(RepositoryDirectory, "a-copy.npk"));

        await StartAsync();

        Assert.That(await Client.ListAsync(), Has.Count.EqualTo(1));
        string message = (await EventAsync("PackageDuplicate")).Message;
        Assert.That(message, Does.Contain("message:0.0.1").And.Contain("message-0.0.1.npk").And.Contain("a-copy.npk"));
        await StopAsync();

        _strict = true;
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);
        Assert.That(failure!.Message, Does.Contain("message:0.0.1").And.Contain("message-0.0.1.npk").And.Contain("a-copy.npk"));
    }

    [Test]
    public async Task T087_ContainerInTwoRepositories_IsLoadedOnceAndReported()
    {
        Good("message-0.0.1");
        File.Copy(TestPackages.Sample("message-0.0.1"), NewPath("test_limited_num/message.npk"));

        await StartAsync();

        ContainerId message = ContainerId.Parse("message:0.0.1");
        Assert.That(await Client.ListAsync(), Is.EqualTo(new[] { message }));
        Assert.That((await Client.InspectAsync(message)).Repository, Is.EqualTo("fs"));
        Assert.That((await EventAsync("DuplicateContainer")).Message, Does.Contain("message:0.0.1").And.Contain("limited_capacity_num_fs").And.Contain("fs holds it"));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories["fs"].Strict = _strict;
        return options;
    }

    private void Good(params string[] samples)
    {
        foreach (string sample in samples)
        {
            File.Copy(TestPackages.Sample(sample), Path.Combine(RepositoryDirectory, sample + ".npk"));
        }
    }

    private void Bad(string name)
    {
        string path = Path.Combine(RepositoryDirectory, name);
        byte[] good = File.ReadAllBytes(TestPackages.Sample("hello-world"));
        switch (name)
        {
            case "truncated.npk":
                File.WriteAllBytes(path, good[..(good.Length / 2)]);
                break;
            case "random.npk":
                byte[] bytes = new byte[20_000];
                new Random(7).NextBytes(bytes);
                File.WriteAllBytes(path, bytes);
                break;
            case "empty.npk":
                File.WriteAllBytes(path, []);
                break;
            case "directory.npk":
                System.IO.Directory.CreateDirectory(path);
                break;
            case "fifo.npk":
                Assert.That(Tool.Run("mkfifo", path).ExitCode, Is.Zero);
                break;
            case "zero.npk":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "link.npk":
                File.CreateSymbolicLink(path, TestPackages.Sample("hello-world"));
                break;
            case "dangling.npk":
                File.CreateSymbolicLink(path, "nowhere");
                break;
            default:
                Assert.Fail(name);
                break;
        }
    }

    private string[] Listing() => [.. System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
}
