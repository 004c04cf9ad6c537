// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The examples of what a program is given and what it may do.</summary>
internal sealed partial class ManifestExampleTests
{
    private async Task ArgumentsAndEnvironmentArriveAsync()
    {
        await Client.InstallAsync(Pack(), "mem");
        await Client.StartAsync(s_id);
        await OutputAsync("^hello$");
        await StopAsync(s_id);
        JsonElement environment = (await ViewAsync()).GetProperty("environment");
        Assert.That(environment.GetProperty("RETRIES").GetString(), Is.EqualTo("3"));
        Assert.That(environment.GetProperty("GREETING").GetString(), Is.EqualTo("good morning"));
    }

    private async Task IdsAreThoseAsync()
    {
        JsonElement view = await ViewAsync();
        int[] groups = [.. new[] { "audio", "video" }.Select(static g => int.Parse(Tool.Run("getent", "group", g).Output.Split(':')[2], CultureInfo.InvariantCulture))];
        Assert.That(view.GetProperty("getuid").GetInt32(), Is.EqualTo(2000));
        Assert.That(view.GetProperty("getgid").GetInt32(), Is.EqualTo(2001));
        Assert.That(view.GetProperty("getgroups").EnumerateArray().Select(static g => g.GetInt32()), Is.EquivalentTo(groups));
    }

    private async Task ErrorsAreDiscardedAsync()
    {
        JsonElement view = await ViewAsync();
        Dictionary<string, string> descriptors = view.GetProperty("/proc/self/fd").EnumerateArray()
            .ToDictionary(static d => d.GetProperty("path").GetString()!, static d => d.GetProperty("target").GetString()!);
        Assert.That(descriptors["/proc/self/fd/1"], Does.StartWith("socket:").Or.StartWith("pipe:"));
        Assert.That(descriptors["/proc/self/fd/2"], Is.EqualTo("/dev/null"));
    }

    private async Task CapabilitiesAreInEverySetAsync()
    {
        JsonElement view = await ViewAsync();
        foreach (string set in new[] { "ambient", "bounding", "effective", "inheritable", "permitted" })
        {
            Assert.That(Names(view, $"caps {set}"), Is.EquivalentTo(new[] { "CAP_KILL", "CAP_NET_BIND_SERVICE" }), set);
        }
    }

    /// <summary>Calls delete_module with each of the values as flags: the kernel answers, or the filter kills.</summary>
    private async Task DeleteModuleIsAsync(string[] allowed, string[] forbidden)
    {
        foreach (string value in allowed)
        {
            await RunAsync("call-delete-module", value);
            await OutputAsync($@"^delete_module\(NULL, {value}\) returned -1");
            await StopAsync(s_id);
        }

        foreach (string value in forbidden)
        {
            await RunAsync("call-delete-module", value);
            await ExitAsync(s_id, new ExitStatus.Signalled(31));
        }

        Assert.That((await ViewAsync()).GetProperty("Seccomp").GetInt32(), Is.EqualTo(2));
    }

    private async Task LimitsAreThoseAsync()
    {
        JsonElement view = await ViewAsync();
        Assert.That(Limits(view, "Max open files"), Is.EqualTo(("256", "1024")));
        Assert.That(Limits(view, "Max core file size"), Is.EqualTo(("0", "0")));
    }

    private async Task HardLimitIsOpenAsync()
    {
        bool lowered = !File.ReadLines("/proc/self/limits").Any(static l => l.StartsWith("Max stack size", StringComparison.Ordinal) && l[47..68].Trim() == "unlimited");
        if (lowered && HostProbe.WhyMissing(HostFeature.SysResource) is { } reason)
            Assert.Ignore($"the tests' own hard limit cannot be raised: {reason}");
        Assert.That(Limits(await ViewAsync(), "Max stack size"), Is.EqualTo(("1048576", "unlimited")));
    }

    private async Task SchedulingIsAsync(int policy, int priority, int nice)
    {
        JsonElement view = await ViewAsync();
        Assert.That(view.GetProperty("sched_getscheduler").GetInt32(), Is.EqualTo(policy));
        Assert.That(view.GetProperty("sched_priority").GetInt32(), Is.EqualTo(priority));
        Assert.That(view.GetProperty("getpriority").GetInt32(), Is.EqualTo(nice));
    }

    private async Task SocketsAreMadeAsync()
    {
        await RunAsync("sockopt", "events");
        await OutputAsync("^SO_PASSCRED events: 1$");
        string listing = Tool.Run("find", Path.Combine(Directory, "sockets"), "-type", "s", "-printf", "%P %m %U %G\n").Output;
        Assert.That(
            listing.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Is.EquivalentTo(new[] { "example:1.0.0:control 660 1000 1000", "example:1.0.0:events 600 0 0", "example:1.0.0:trace 666 0 0" }));
        await StopAsync(s_id);
        JsonElement environment = (await ViewAsync()).GetProperty("environment");
        foreach (string name in new[] { "control", "events", "trace" })
        {
            Assert.That(environment.GetProperty($"NORTHSTAR_SOCKET_{name}").GetString(), Does.Match("^[0-9]+$"));
        }
    }

    private async Task ConsoleIsInheritedAsync()
    {
        JsonElement view = await ViewAsync();
        string descriptor = view.GetProperty("environment").GetProperty("NORTHSTAR_CONSOLE").GetString()!;
        string target = view.GetProperty("/proc/self/fd").EnumerateArray().Single(d => d.GetProperty("path").GetString() == $"/proc/self/fd/{descriptor}").GetProperty("target").GetString()!;
        Assert.That(target, Does.StartWith("socket:"));
        Permissions expected = _example.Text.Contains("full", StringComparison.Ordinal) ? Permissions.Full : Permissions.Ident | Permissions.List | Permissions.Notifications;
        Assert.That((await Client.InspectAsync(s_id)).Manifest.Console, Is.EqualTo(expected));
    }

    private async Task RunsAndItsEndDoesNotMatterAsync()
    {
        await StopAsync();
        File.Move(Pack(), Path.Combine(RepositoryDirectory, "example.npk"));
        await StartAsync();
        await OutputAsync("^Sleeping");
        await Client.KillAsync(s_id, 9);
        await ExitAsync(s_id, new ExitStatus.Signalled(9));
        Assert.That((await Client.InspectAsync(s_id)).Process, Is.Null, "the runtime goes on");
    }

    private async Task RunsAndItsEndEndsTheRuntimeAsync()
    {
        await StopAsync();
        File.Move(Pack(), Path.Combine(RepositoryDirectory, "example.npk"));
        NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(Options(), Logs);
        await OutputAsync("^Sleeping");
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.KillAsync(s_id, 9);
        }

        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(() => runtime.Completion.WaitAsync(Limit));
        Assert.That(failure!.Code, Is.EqualTo(RuntimeErrorCode.CriticalContainer));
        Assert.That(failure.Container, Is.EqualTo(s_id));
    }

    private static (string? Soft, string? Hard) Limits(JsonElement view, string name)
    {
        JsonElement row = view.GetProperty("/proc/self/limits").EnumerateArray().Single(l => l.GetProperty("name").GetString() == name);
        return (row.GetProperty("soft").GetString(), row.GetProperty("hard").GetString());
    }
}
