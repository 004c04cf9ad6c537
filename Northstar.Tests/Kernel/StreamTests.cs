// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A9: where the output of a container goes.</summary>
internal sealed class StreamTests : RuntimeFixture
{
    private const string Pipes = "io:\n  stdout: pipe\n  stderr: pipe\n";

    [TestCase("stdout")]
    [TestCase("stderr")]
    public async Task T110_Line_ReachesTheLog(string stream)
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("print", "--io", stream, $"hello {stream}");
        await OutputAsync($"^hello {stream}$");
        await StopAsync(TestContainer);
    }

    [TestCase("")]
    [TestCase("io:\n  stdout: discard\n  stderr: discard\n")]
    public async Task T111_Discarded_GoesNowhere(string section)
    {
        await InstallPatchedAsync((Pipes, section));
        await StartTestContainerAsync("write", "told", "/data/done");
        string done = Path.Combine(DataDirectory, "test-container", "done");
        Assert.That(() => File.Exists(done), Is.True.After(5000, 10));
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string payload = (await File.ReadAllTextAsync($"/proc/{init}/task/{init}/children")).Trim();
        Assert.That(new FileInfo($"/proc/{payload}/fd/1").LinkTarget, Is.EqualTo("/dev/null"));
        Assert.That(new FileInfo($"/proc/{payload}/fd/2").LinkTarget, Is.EqualTo("/dev/null"));
        await StopAsync(TestContainer);
        Assert.That(Logs.Records.Where(static r => r.Category == "Northstar.Container"), Is.Empty);
    }

    [Test]
    public async Task T113_Line_IsOneRecordOfLevelDebugWithoutItsEnd()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("print", "one\ntwo");
        LogCapture.Record record = await OutputAsync("^one");
        Assert.That(record.Level, Is.EqualTo(LogLevel.Debug));
        Assert.That(record.Message, Is.EqualTo("test-container:0.0.1: one"));
        Assert.That((await OutputAsync("^two")).Message, Is.EqualTo("test-container:0.0.1: two"));
    }

    [Test]
    public async Task T114_LongOutput_ArrivesWholeAndInOrder()
    {
        const int Lines = 10_000;
        string text = string.Join('\n', Enumerable.Range(0, Lines).Select(static i => $"{i,6} " + new string('x', 193)));
        string root = NewPath("root");
        Npk.Support.Tool.Run("cp", "-r", Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), root);
        await File.WriteAllTextAsync(Path.Combine(root, "text"), text);
        Northstar.Npk.ContainerId id = await Client.InstallAsync(
            TestPackages.Pack(
                "name: long\nversion: 0.0.1\ninit: /test-container\nargs: [cat, /text]\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\n", root, NewPath("long.npk")),
            "mem");

        await Client.StartAsync(id);

        await OutputAsync("^command: cat");
        for (int i = 0; i < Lines; i++)
        {
            LogCapture.Record record = await Logs.TakeAsync(static r => r.Category == "Northstar.Container", Limit);
            Assert.That(record.Message, Is.EqualTo($"long:0.0.1: {i,6} " + new string('x', 193)));
        }
    }
}
