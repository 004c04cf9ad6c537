// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A host with SELinux that enforces the policy of <c>eng/vm/selinux.sh</c>.</summary>
[Requires(HostFeature.SelinuxTestPolicy)]
internal sealed class SelinuxTests : RuntimeFixture
{
    private const string Label = "unconfined_u:object_r:user_home_t:s0";

    [Test]
    public async Task MountContext_IsTheLabelOfTheRoot()
    {
        await InstallAsync("mem", "test-container", "test-resource");

        JsonElement root = (await InspectFromInsideAsync()).GetProperty("/proc/self/mounts").EnumerateArray().First(static m => m.GetProperty("target").GetString() == "/");

        Assert.That(root.GetRawText(), Does.Contain("context=" + Label));
    }

    [Test]
    public async Task MountContext_ThatForbidsExecution_FailsTheStartAndNothingElse()
    {
        await InstallPatchedAsync((Label, "unconfined_u:object_r:closed_t:s0"));

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync());

        Assert.That(failure!.Message, Does.Contain("EACCES"));
        await Client.UninstallAsync(TestContainer);
        await InstallAsync("mem", "test-container");
        await StartIdleAsync();
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task MountContext_ThatThePolicyDoesNotKnow_FailsTheMountAndNamesIt()
    {
        await InstallPatchedAsync((Label, "unconfined_u:object_r:no_such_t:s0"));

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync());

        Assert.That(failure!.Message, Does.Contain("test-container:0.0.1").And.Contain("EINVAL"));
    }
}
