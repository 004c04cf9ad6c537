// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Api;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A10: the cgroups of a running container. The controllers themselves are tested by <see cref="CgroupKernelTests"/>.</summary>
[Requires(HostFeature.MemoryCgroup)]
internal sealed class PlacementTests : RuntimeFixture
{
    [TestCase("")]
    [TestCase("cpu-intense")]
    [TestCase("cpu-intense/deeper")]
    public async Task T136_Container_IsInItsGroupAndTheGroupGoesWithIt(string parent)
    {
        string place = parent.Length > 0 ? $"{Cgroup}-{parent}" : Cgroup;
        await InstallPatchedAsync(("io:\n", parent.Length > 0 ? $"cgroups:\n  parent: {place}\nio:\n" : "io:\n"));
        await StartIdleAsync("sleep");

        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string payload = (await File.ReadAllTextAsync($"/proc/{init}/task/{init}/children")).Trim();
        foreach (string pid in new[] { init.ToString(CultureInfo.InvariantCulture), payload })
        {
            string[] groups = await File.ReadAllLinesAsync($"/proc/{pid}/cgroup");
            Assert.That(groups.Where(static l => l.Contains(":memory:", StringComparison.Ordinal) || l.StartsWith("0::", StringComparison.Ordinal)),
                Has.Some.EndsWith($"/{place}/test-container"));
        }

        await StopAsync(TestContainer);
        Assert.That(Groups("test-container"), Is.Empty);
        await StopAsync();
        Assert.That(Groups($"{Cgroup}*"), Is.Empty);
    }

    [Test]
    public async Task T137_T138_Limits_AreInForceAndStatisticsShowThem()
    {
        await InstallPatchedAsync(("io:\n", "cgroups:\n  memory: {memory_hard_limit: 10000000, memory_soft_limit: 5000000}\n  cpu: {shares: 100}\nio:\n"));
        await StartIdleAsync("sleep");
        JsonElement statistics = (await Client.InspectAsync(TestContainer)).Process!.Statistics.ToJson();
        JsonElement memory = statistics.GetProperty("memory");
        using CgroupManager machine = CgroupManager.Open();
        bool hasBlockIo = machine.Description.Split(' ', ',').Intersect(["blkio", "io"]).Any();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(memory.GetProperty("memory").GetProperty("limit_in_bytes").GetInt64(), Is.EqualTo(9998336));
            Assert.That(memory.GetProperty("memory").GetProperty("soft_limit_in_bytes").GetInt64(), Is.EqualTo(4997120));
            Assert.That(memory.GetProperty("memory").GetProperty("usage_in_bytes").GetInt64(), Is.InRange(1, 9998336));
            Assert.That(memory.TryGetProperty("kmem", out _), Is.True);
            Assert.That(memory.TryGetProperty("kmem_tcp", out _), Is.True);
            Assert.That(statistics.GetProperty("cpu").GetProperty("stat").GetString(), Is.Not.Empty);
            Assert.That(statistics.TryGetProperty("blkio", out _), Is.EqualTo(hasBlockIo));
        }
    }

    [Test]
    public async Task T233_ContainerThatEatsMemory_IsNotifiedAndEndsBySigkill()
    {
        // The program reads the whole of a file that never ends.
        await InstallPatchedAsync(("io:\n", "cgroups:\n  memory: {memory_hard_limit: 50000000, memory_swap_limit: 50000000, oom_monitor: true}\nio:\n"));
        await using NorthstarClient other = await ConnectAsync(subscribe: true);
        await StartTestContainerAsync("cat", "/dev/zero");

        // Version 2 also tells that the limit is reached, which comes first.
        Notification.CGroup memory;
        do
        {
            memory = await NotificationAsync<Notification.CGroup>();
        }
        while (memory.Memory.Oom is not > 0);

        await ExitAsync(TestContainer, new ExitStatus.Signalled(9));
        Assert.That(memory.Container, Is.EqualTo(TestContainer));
        Assert.That((await EventAsync("OutOfMemory")).Message, Does.Contain("test-container:0.0.1"));
        await using IAsyncEnumerator<Notification> seen = other.ReadNotificationsAsync().GetAsyncEnumerator();
        List<Notification> all = [];
        while (all is not [.., Notification.Exit])
        {
            Assert.That(await seen.MoveNextAsync().AsTask().WaitAsync(Limit));
            all.Add(seen.Current);
        }

        Assert.That(all.OfType<Notification.CGroup>(), Is.Not.Empty, "every subscriber, before the end");
    }

    private static string[] Groups(string pattern) =>
        System.IO.Directory.GetDirectories("/sys/fs/cgroup", pattern, SearchOption.AllDirectories).Where(static d => d.Contains($"northstar-{Environment.ProcessId}-", StringComparison.Ordinal)).ToArray();
}
