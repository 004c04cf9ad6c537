// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Who reaches the console of the listener, on a running kernel.</summary>
[Requires(HostFeature.Executable)]
internal sealed class ConsoleAccessTests : RuntimeFixture
{
    private string Nstar => $"{Path.Combine(Path.GetDirectoryName(HostProbe.Executable)!, "nstar")} --url {Address} --timeout 5s ident";

    [Test]
    public async Task C08_ProcessInTheCgroupOfAContainer_IsRefusedAndOthersAreServed()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        string group = System.IO.Directory.EnumerateDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories).First();

        // A process of the host in the group is a process that the container holds, as far as the kernel tells; its socket could come by a bind mount.
        (int inside, string said) = Npk.Support.Tool.Run("sh", "-c", $"echo $$ > {group}/test-container/cgroup.procs && exec {Nstar}");
        Assert.That(inside, Is.Not.Zero, said);
        LogCapture.Record record = await EventAsync("ClientRefused");
        Assert.That(record.Message, Does.Contain("it is in a container"));

        (int outside, string answer) = Npk.Support.Tool.Run("sh", "-c", $"exec {Nstar}");
        Assert.That((outside, answer), Is.EqualTo((0, "extern:0.0.0\n")));
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task T245_TokenOfAnEarlierRun_IsNotOk()
    {
        var self = ContainerName.Parse("extern");
        byte[] shared = "hello!"u8.ToArray();
        Token token = await Client.CreateTokenAsync(self, shared);
        Assert.That(await Client.VerifyTokenAsync(token, self, shared), Is.EqualTo(TokenVerification.Ok));
        await StopAsync();
        await StartAsync();
        Assert.That(await Client.VerifyTokenAsync(token, self, shared), Is.Not.EqualTo(TokenVerification.Ok));
    }
}
