// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Fuzz;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>
/// Attacks on the console of the published executable while another client works. <c>NORTHSTAR_FUZZ_MESSAGES</c> says how many messages all attacks have
/// together; <c>eng/fuzz-console.sh</c> sets it.
/// </summary>
[Category("Fuzz")]
internal sealed class ConsoleAttackTests : ExecutableFixture
{
    private const long Messages = 10_000;

    /// <summary>How long a client that behaves may wait for any one answer.</summary>
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    /// <summary>What an attack may leave in the memory of the runtime. Buffers of a thousand connections are not given back to the system at once.</summary>
    private const long MostGrowthKibibytes = 48 * 1024;

    [TestCaseSource(typeof(ConsoleAttack), nameof(ConsoleAttack.All))]
    public async Task H70_H71_H72_Attack_LeavesTheRuntimeAliveAndOthersServed(object attacking)
    {
        var attack = (ConsoleAttack)attacking;
        long all = long.TryParse(Environment.GetEnvironmentVariable("NORTHSTAR_FUZZ_MESSAGES"), CultureInfo.InvariantCulture, out long wanted) ? wanted : Messages;
        await File.AppendAllTextAsync(Configuration, Limits);
        Process runtime = Start(limits: "ulimit -n 4096");
        await using NorthstarClient client = await ConnectAsync();
        string path = new ConsoleAddressPath(Address).Path;

        // Once in a small way: what the runtime keeps for good it has then.
        await attack.Run(new ConsoleAttack.Target(path, Math.Max(1, all * attack.Share / 1000), FuzzBudget.Seed));
        int descriptors = OpenDescriptors(runtime.Id);
        long before = Resident(runtime.Id);
        using var stop = new CancellationTokenSource();
        Task<List<double>> working = Task.Run(() => WorkAsync(client, stop.Token));
        long begin = Stopwatch.GetTimestamp();
        long sent = await attack.Run(new ConsoleAttack.Target(path, all * attack.Share / 100, FuzzBudget.Seed + 1));
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        await stop.CancelAsync();
        List<double> latencies = await working;

        latencies.Sort();
        long growth = Resident(runtime.Id) - before;
        await TestContext.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{attack.Name}: {sent} messages in {took.TotalSeconds:F1} s; the other client had {latencies.Count} answers, p50 {latencies[latencies.Count / 2]:F2} ms, p99 {latencies[latencies.Count * 99 / 100]:F2} ms, longest {latencies[^1]:F2} ms; memory {before} KiB, {growth:+0;-0} KiB; seed {FuzzBudget.Seed}"));
        Assert.That(sent, Is.GreaterThanOrEqualTo(all * attack.Share / 100));
        Assert.That(runtime.HasExited, Is.False);
        Assert.That(growth, Is.LessThan(MostGrowthKibibytes), "memory");
        Assert.That(() => OpenDescriptors(runtime.Id) <= descriptors + 2, Is.True.After(20_000, 50), "descriptors left");
        Assert.That((await client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
        await using (NorthstarClient fresh = await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(Address)))
        {
            Assert.That(await fresh.ListAsync(), Is.Empty);
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    /// <summary>Everything but the permission to end the runtime, which is what an attack would ask for first.</summary>
    private static string Limits => $"""

        [console.global.options]
        max_requests_per_sec = 100000
        npk_stream_timeout = "1s"
        [console.global.limits]
        connections = 2000
        write = "2s"
        handshake = "5s"
        """;

    /// <summary>Asks one thing after the other, and keeps how long each answer took, in milliseconds.</summary>
    private static async Task<List<double>> WorkAsync(NorthstarClient client, CancellationToken stop)
    {
        var latencies = new List<double>();
        do
        {
            long begin = Stopwatch.GetTimestamp();
            await client.IdentAsync(CancellationToken.None).WaitAsync(s_deadline, CancellationToken.None);
            IReadOnlyList<ContainerId> all = await client.ListAsync(CancellationToken.None).WaitAsync(s_deadline, CancellationToken.None);
            latencies.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds / 2);
            Assert.That(all, Is.Empty);
        }
        while (!stop.IsCancellationRequested);

        return latencies;
    }

    private static int OpenDescriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static long Resident(int pid) => long.Parse(ProcessTable.Status(pid, "VmRSS").Split(' ')[0], CultureInfo.InvariantCulture);

    private sealed record ConsoleAddressPath(string Address)
    {
        internal string Path => ((ConsoleAddress.Unix)ConsoleAddress.Parse(Address)).Path;
    }
}
