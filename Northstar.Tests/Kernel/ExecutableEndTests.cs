// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>How the executable ends, and what it tells a service manager until then.</summary>
internal sealed class ExecutableEndTests : ExecutableFixture
{
    [Test]
    public async Task T014_ShutdownRequest_EndsWithExitCodeZero()
    {
        Process runtime = Start();
        int init = await StartContainerAsync();
        await using NorthstarClient client = await ConnectAsync();

        await client.ShutdownAsync();

        await AssertEndsAsync(runtime, 0);
        Assert.That(ProcessTable.Exists(init), Is.False);
    }

    [TestCase("[exit, '1']", true, 1, "Exit(1)", TestName = "T193_CriticalThatFails_ExitCodeIsOne")]
    [TestCase("[abort]", true, 1, "Signalled(6)", TestName = "T193_CriticalThatIsSignalled_ExitCodeIsOne")]
    [TestCase("[sleep]", false, 1, "test-resource", TestName = "T192_CriticalThatCannotStart_ExitCodeIsOne")]
    public async Task Critical_ThatEndsBadly_EndsTheProcess(string arguments, bool hasResource, int code, string reason)
    {
        await PlaceCriticalAsync(arguments, hasResource);
        Process runtime = Start(redirect: true);
        string error = await runtime.StandardError.ReadToEndAsync().WaitAsync(Limit);
        await AssertEndsAsync(runtime, code);
        Assert.That(error, Does.Contain("Error: ").And.Contain("test-container:0.0.1").And.Contain(reason));
    }

    [Test]
    public async Task T195_CriticalAtShutdown_ExitCodeIsZero([Values(2, 15)] int signal)
    {
        await PlaceCriticalAsync("[sleep]", hasResource: true);
        Process runtime = Start();
        await using (NorthstarClient client = await ConnectAsync())
        {
            Assert.That((await client.InspectAsync(TestContainer)).Process, Is.Not.Null);
        }

        Kill(runtime.Id, signal);
        await AssertEndsAsync(runtime, 0);
    }

    [Test]
    public async Task H94_Watchdog_IsFedUntilTheEnd()
    {
        Process runtime = Start(environment: [("WATCHDOG_USEC", "200000")]);
        await using NorthstarClient client = await ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            await HearAsync("WATCHDOG=1");
        }

        await client.ShutdownAsync();
        await AssertEndsAsync(runtime, 0);
    }

    private async Task AssertEndsAsync(Process runtime, int code)
    {
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.EqualTo(code));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(TestDirectory, "run")), Is.Empty);
        Assert.That(File.Exists(Path.Combine(TestDirectory, "console")), Is.False);
        Assert.That(Directory.GetDirectories("/sys/fs/cgroup", $"northstar-{Environment.ProcessId}-exe", SearchOption.AllDirectories), Is.Empty);
    }

    private async Task PlaceCriticalAsync(string arguments, bool hasResource)
    {
        string packages = Directory.CreateDirectory(Path.Combine(TestDirectory, "packages")).FullName;
        TestPackages.Patched("test-container", Path.Combine(packages, "test-container.npk"), ("io:\n", $"autostart: critical\nargs: {arguments}\nio:\n"));
        if (hasResource)
        {
            File.Copy(TestPackages.Sample("test-resource"), Path.Combine(packages, "test-resource.npk"));
        }

        await File.AppendAllTextAsync(Configuration, $"\n[repositories.fs]\ntype = {{ fs = {{ dir = \"{packages}\" }} }}\nkey = \"{TestPackages.KeyFile}\"\n");
    }
}
