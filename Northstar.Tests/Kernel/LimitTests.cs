// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Limits that the configuration gives to containers which name none.</summary>
internal sealed class LimitTests : RuntimeFixture
{
    private static readonly ContainerId s_subject = ContainerId.Parse("subject:0.0.1");

    private Action<RuntimeOptions> _change = static _ => { };

    protected override bool StartsAtOnce => false;

    [SetUp]
    public void Reset() => _change = static _ => { };

    [Test]
    public async Task H56_DefaultRlimits_AreThoseOfWhoNamesNone()
    {
        _change = static o =>
        {
            o.DefaultRlimits[RlimitResource.Nofile] = new Rlimit(100, 200);
            o.DefaultRlimits[RlimitResource.Nproc] = new Rlimit(50, 50);
            o.DefaultRlimits[RlimitResource.Core] = new Rlimit(4096, 4096);
        };
        Dictionary<string, string> limits = await LimitsAsync("rlimits: {nproc: {soft: 7, hard: 9}}");
        Assert.That((limits["Max open files"], limits["Max processes"], limits["Max core file size"]), Is.EqualTo(("100 200", "7 9", "4096 4096")));
        foreach ((string name, string own) in Table(Environment.ProcessId).ExceptBy(["Max open files", "Max processes", "Max core file size"], static l => l.Key))
        {
            Assert.That(limits[name], Is.EqualTo(own), name);
        }
    }

    [Test]
    public async Task H56_WithoutDefaults_LimitsAreTheRuntimesButThatOfCores()
    {
        Dictionary<string, string> limits = await LimitsAsync(""), own = Table(Environment.ProcessId);
        own["Max core file size"] = "0 0";
        Assert.That(limits, Is.EquivalentTo(own));
    }

    [Test]
    public async Task H56_HardLimit_CannotBeRaisedByTheProgram()
    {
        await StartAsync();
        await Client.InstallAsync(TestPackages.Program("subject", further: "args: [raise-limit]\nrlimits: {nofile: {soft: 100, hard: 200}}"), "mem");
        await Client.StartAsync(s_subject);
        await OutputAsync("^hard limit 200 raised: errno 1$");
        await StopAsync(s_subject);
    }

    [Test]
    public async Task H56_SoftLimitAboveTheHardOne_FailsTheStartSayingSo()
    {
        await StartAsync();
        await Client.InstallAsync(TestPackages.Program("subject", further: "rlimits: {nofile: {soft: 20, hard: 10}}"), "mem");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_subject));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("setrlimit nofile, soft 20 above hard 10: ").And.Contain("EINVAL"));
    }

    [Test]
    [Requires(HostFeature.MemoryCgroup)]
    public async Task H55_DefaultMemory_IsTheLimitOfWhoNamesNone()
    {
        _change = static o => o.DefaultMemoryBytes = 64 << 20;
        await StartAsync();
        await Client.InstallAsync(TestPackages.Program("subject"), "mem");
        await Client.StartAsync(s_subject, null, ["eat-memory"], new Dictionary<string, string>());
        await ExitAsync(s_subject, new ExitStatus.Signalled(9));
    }

    [Test]
    [Requires(HostFeature.MemoryCgroup)]
    public async Task MemoryTooSmallForTheLaunch_IsGuessedAt()
    {
        await StartAsync();
        await Client.InstallAsync(TestPackages.Program("subject", further: "cgroups: {memory: {memory_hard_limit: 4096}}"), "mem");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_subject));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("a limit of memory may be too small"));
        Assert.That((await Client.InspectAsync(s_subject)).Process, Is.Null);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        _change(options);
        return options;
    }

    private async Task<Dictionary<string, string>> LimitsAsync(string further)
    {
        await StartAsync();
        await Client.InstallAsync(TestPackages.Program("subject", further: further), "mem");
        await Client.StartAsync(s_subject, null, ["sleep"], new Dictionary<string, string>());
        await OutputAsync("^Sleeping");
        Dictionary<string, string> limits = Table(ProcessTable.Children((int)(await Client.InspectAsync(s_subject)).Process!.Pid).Single());
        await StopAsync(s_subject);
        return limits;
    }

    /// <summary>Soft and hard limit by the name of <c>/proc/PID/limits</c>.</summary>
    private static Dictionary<string, string> Table(int pid) => File.ReadLines($"/proc/{pid}/limits").Skip(1)
        .ToDictionary(static l => l[..26].TrimEnd(), static l => string.Join(' ', l[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)));
}
