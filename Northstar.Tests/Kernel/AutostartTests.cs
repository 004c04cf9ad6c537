// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A14: containers that start with the runtime, above all those that cannot.</summary>
internal sealed class AutostartTests : RuntimeFixture
{
    protected override bool StartsAtOnce => false;

    [Test]
    public async Task T190_Relaxed_RunsWithItsResource()
    {
        Place("relaxed", resource: true);
        await StartAsync();
        await OutputAsync("^Sleeping");
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.True);
    }

    [Test]
    public async Task T191_RelaxedThatFails_IsReportedAndTheRuntimeServes()
    {
        Place("relaxed", resource: false);
        await StartAsync();
        Assert.That((await EventAsync("AutostartFailed")).Message, Does.Contain("test-container:0.0.1").And.Contain("test-resource"));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Null);
    }

    [Test]
    public void T192_CriticalThatFails_FailsTheStart()
    {
        Place("critical", resource: false);
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);
        Assert.That(failure!.Message, Does.Contain("test-container:0.0.1").And.Contain("test-resource"));
        Assert.That(File.Exists(ConsolePath), Is.False);
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories), Is.Empty);
    }

    [TestCase("[exit, '1']", "Exit(1)")]
    [TestCase("[abort]", "Signalled(6)")]
    public async Task T193_CriticalThatEndsBadly_EndsTheRuntime(string arguments, string status)
    {
        Place("critical", resource: true, arguments);
        NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(Options(), Logs);
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(() => runtime.Completion.WaitAsync(Limit));
        Assert.That(failure!.Code, Is.EqualTo(RuntimeErrorCode.CriticalContainer));
        Assert.That(failure.Message, Does.Contain("test-container:0.0.1").And.Contain(status));
        Assert.That(failure.Container, Is.EqualTo(TestContainer));
    }

    [Test]
    public async Task T194_CriticalThatEndsWell_IsNoFailure()
    {
        Place("critical", resource: true, "[exit, '0']");
        await StartAsync();
        await EventAsync("ContainerExited");
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Null);
    }

    [Test]
    public async Task T195_CriticalAtShutdown_IsNoFailure()
    {
        Place("critical", resource: true);
        await StartAsync();
        await OutputAsync("^Sleeping");
        Assert.That(Runtime.StopAsync, Throws.Nothing);
    }

    [Test]
    public async Task T196_CriticalStartedByRequest_EndsTheRuntimeToo()
    {
        Place("critical", resource: true, "[exit, '0']");
        await using NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(Options(), Logs);
        await EventAsync("ContainerExited");
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.StartAsync(TestContainer, null, ["exit", "3"], new Dictionary<string, string>());
        }

        Assert.That(async () => await runtime.Completion.WaitAsync(Limit), Throws.TypeOf<RuntimeException>().With.Message.Contain("Exit(3)"));
    }

    private void Place(string autostart, bool resource, string arguments = "[sleep]")
    {
        TestPackages.Patched("test-container", Path.Combine(RepositoryDirectory, "test-container.npk"), ("io:\n", $"autostart: {autostart}\nargs: {arguments}\nio:\n"));
        if (resource)
        {
            File.Copy(TestPackages.Sample("test-resource"), Path.Combine(RepositoryDirectory, "test-resource.npk"));
        }
    }
}
