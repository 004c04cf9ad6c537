// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A runtime with a policy of its host.</summary>
internal sealed class PolicyTests : RuntimeFixture
{
    private HostPolicyRule _rule = new();

    protected override bool StartsAtOnce => false;

    [Test]
    public async Task H10_PackageWithoutItsGrants_IsNotInstalled()
    {
        _rule = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000) };
        _rule.Binds.Add("/lib");
        await StartAsync();
        await InstallAsync("mem", "test-resource");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => InstallAsync("mem", "test-container"));

        Assert.That(((ApiError.Unexpected)failure!.Error!).Error, Does.Contain("the policy of this host grants test-container:0.0.1 no bind of /lib64")
            .And.Contain("no seccomp rules").And.Contain("no real-time scheduling").And.Contain("no SELinux contexts").And.Not.Contain("uid"));
        Assert.That(await Client.ListAsync(), Is.EqualTo(new[] { TestResource }));
    }

    [Test]
    public async Task H10_PackageWithItsGrants_Runs()
    {
        Grant();
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task H10_PackageThatWasInstalledBefore_IsNotStarted()
    {
        Grant();
        await StartAsync();
        await InstallAsync("fs", "test-container", "test-resource");
        await StopAsync();
        _rule = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000), Seccomp = true, Selinux = true, Realtime = true, Rlimits = true };
        await StartAsync();

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));

        Assert.That(
            ((ApiError.StartContainerFailed)failure!.Error!).Error,
            Is.EqualTo("the policy of this host grants test-container:0.0.1 no bind of /lib, no bind of /lib64"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task H73_ConsoleOfAContainer_ShowsWhatIsInItsScope(bool hasScope)
    {
        _rule = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000), Console = Permissions.Full };
        if (hasScope)
        {
            _rule.ConsoleScope = new ConsolePolicyRule();
            _rule.ConsoleScope.Containers.Add("cons*");
        }

        await StartAsync();
        await InstallAsync("mem", "console", "hello-world");
        await Client.StartAsync(ContainerId.Parse("console:0.0.1"));

        LogCapture.Record first = await OutputAsync("^(console|hello-world):0.0.1: ");
        List<string> lines = [first.Message, .. hasScope ? [] : new[] { (await OutputAsync("^(console|hello-world):0.0.1: ")).Message }];
        await OutputAsync("^now it ends itself");
        Assert.That(lines.Any(static l => l.EndsWith("hello-world:0.0.1: not started", StringComparison.Ordinal)), Is.Not.EqualTo(hasScope));
        await ExitAsync(ContainerId.Parse("console:0.0.1"), new ExitStatus.Signalled(15));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Policy["test"] = _rule;
        return options;
    }

    private void Grant()
    {
        _rule = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000), Seccomp = true, Selinux = true, Realtime = true, Rlimits = true };
        _rule.Binds.Add("/lib");
        _rule.Binds.Add("/lib64");
        _rule.Names.Add("test-*");
    }
}
