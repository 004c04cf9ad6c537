// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Host;
using Northstar.Npk;
using Northstar.Tests.Host;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>nstar with a runtime and real containers.</summary>
internal sealed class NstarKernelTests : RuntimeFixture
{
    private string Url => $"unix://{ConsolePath}";

    [Test]
    public async Task T273_ExitCodes_OfVerbs_AreThoseOfTheirOutcome()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That((await NstarAsync("list")).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await NstarAsync("start", "unknown:0.0.1")).Code, Is.EqualTo(ExitCode.Failure));
        Assert.That((await NstarAsync("unknown")).Code, Is.EqualTo(ExitCode.Usage));
        Invocation mount = await NstarAsync("mount", "foo:0.0.1");
        Assert.That((mount.Code, mount.Error), Is.EqualTo((ExitCode.Failure, "")));
        Assert.That(mount.Output, Does.Contain(" foo:0.0.1 | container foo:0.0.1 is not installed"));
    }

    [Test]
    public async Task T274_Name_WithOneVersion_StartsItAndWithTwoFails()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That(await NstarAsync("start", "test-container", "<INIT>", "sleep"), Is.EqualTo(
            new Invocation(ExitCode.Success, "started test-container:0.0.1 <INIT> sleep\n", "")));
        await NotificationAsync<Notification.Started>();
        Assert.That((await NstarAsync("kill", "test-container")).Code, Is.EqualTo(ExitCode.Success));
        await ExitAsync(TestContainer, new ExitStatus.Signalled(15));

        await Client.InstallAsync(TestPackages.Patched("test-container", NewPath("second.npk"), ("version: 0.0.1", "version: 0.0.2")), "mem");
        Invocation run = await NstarAsync("start", "test-container");
        Assert.That(run, Is.EqualTo(new Invocation(
            ExitCode.Failure, "", "Error: container test-container is installed in 2 versions; name one of test-container:0.0.1, test-container:0.0.2\n")));
    }

    [Test]
    public async Task T275_Json_OfList_IsEveryMessageOnItsLine()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Invocation run = await NstarAsync("-j", "list");
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo("""{"connect":{"version":"0.9.3","subscribe_notifications":false}}"""));
        Assert.That(lines[1], Is.EqualTo("""{"connect_ack":null}"""));
        Assert.That(lines, Has.Length.EqualTo(8), "connect, list and two inspects, each with its answer");
        Assert.That(lines, Is.All.Matches<string>(static line => JsonDocument.Parse(line).RootElement.EnumerateObject().Count() == 1));
    }

    [Test]
    public async Task T276_Start_WithCommandLine_ReachesTheProgram()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Invocation run = await NstarAsync("start", "test-container", "A=1", "<INIT>", "print", "hi");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        await OutputAsync("^hi$");
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task T277_Notifications_One_EndsBehindIt()
    {
        Task<Invocation> run = NstarAsync("notifications", "-n", "1");
        await EventAsync("ClientConnected");
        await EventAsync("ClientConnected");
        await InstallAsync("mem", "test-resource");
        Assert.That(await run.WaitAsync(Limit), Is.EqualTo(new Invocation(ExitCode.Success, "installed test-resource:0.0.1\n", "")));
    }

    [Test]
    public async Task StartFollow_OfAContainerThatFails_ShowsItsOutputAndItsEnd()
    {
        await InstallAsync("mem", "crashing");
        Invocation run = await NstarAsync("start", "-f", "crashing").WaitAsync(2 * Limit);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Is.EqualTo("Error: container crashing:0.0.1 ended with exit code 101\n"));
        Assert.That(run.Output.Split('\n').First(), Is.EqualTo("Crashing in 1000 ms"));
        Assert.That(run.Output, Does.EndWith("Crashing in 100 ms\n"));
    }

    [Test]
    public async Task Logs_OfARunningContainer_EndWithIt()
    {
        await InstallAsync("mem", "hello-world");
        Assert.That((await NstarAsync("logs", "hello-world")).Code, Is.EqualTo(ExitCode.Failure), "it is not started");
        await Client.StartAsync("hello-world:0.0.1");
        Task<Invocation> run = NstarAsync("logs", "hello-world");
        await OutputAsync("hello-world:0.0.1: 2$");
        await StopAsync(ContainerId.Parse("hello-world:0.0.1"));
        Invocation logs = await run.WaitAsync(Limit);
        Assert.That((logs.Code, logs.Error), Is.EqualTo((ExitCode.Success, "")));
        Assert.That(logs.Output, Does.Contain("hello-world:0.0.1: 2\n"));
    }

    [Test]
    public async Task Top_WithARunningContainer_ShowsWhatItConsumes()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        uint pid = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        Invocation run = await NstarAsync("top", "-i", "10ms");
        string[] row = [.. run.Output.Split('\n')[2].Split('|').Select(static c => c.Trim())];
        Assert.That(row[..4], Is.EqualTo(new[] { "test-container", "0.0.1", "started", $"{pid}" }));
        Assert.That(row[5], Does.Match(@"^\d+\.\d$"));
        Assert.That(row[6], Does.Match(@"^\d+\.\d\ds$"));
        Assert.That(run.Output.Split('\n')[3], Does.StartWith(" test-resource  | 0.0.1   | mounted"));
        await StopAsync(TestContainer);
    }

    private Task<Invocation> NstarAsync(params string[] arguments) => Invocation.RunAsync("nstar", ["-u", Url, .. arguments]);
}
