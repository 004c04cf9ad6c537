// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
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

    /// <summary>What an attack may leave in the memory of the runtime, compared with a fresh one, once it rests: it gives memory back within some seconds.</summary>
    private const long MostLeftKibibytes = 24 * 1024;

    /// <summary>What the runtime may take at most meanwhile: a thousand connections have buffers.</summary>
    private const long MostPeakKibibytes = 256 * 1024;

    [TestCaseSource(typeof(ConsoleAttack), nameof(ConsoleAttack.All))]
    public async Task H70_H71_H72_Attack_LeavesTheRuntimeAliveAndOthersServed(object attacking)
    {
        var attack = (ConsoleAttack)attacking;
        long all = long.TryParse(Environment.GetEnvironmentVariable("NORTHSTAR_FUZZ_MESSAGES"), CultureInfo.InvariantCulture, out long wanted) ? wanted : Messages;
        string configuration = (await File.ReadAllTextAsync(Configuration)).Replace("permissions = \"full\"", $"permissions = [{WithoutShutdown}]", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Configuration, configuration + Limits);
        Process runtime = Start(limits: "ulimit -n 4096");
        await using NorthstarClient client = await ConnectAsync();
        string path = ((ConsoleAddress.Unix)ConsoleAddress.Parse(Address)).Path;
        long fresh = Resident(runtime.Id, "VmRSS");

        // Once in a small way: what the runtime keeps for good it has then.
        await attack.Run(new ConsoleAttack.Target(path, Math.Max(1, all * attack.Share / 1000), FuzzBudget.Seed));
        int descriptors = OpenDescriptors(runtime.Id);
        using var stop = new CancellationTokenSource();
        Task<List<double>> working = Task.Factory.StartNew(
            () => Work(path, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        long begin = Stopwatch.GetTimestamp();
        long sent = await attack.Run(new ConsoleAttack.Target(path, all * attack.Share / 100, FuzzBudget.Seed + 1));
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        await stop.CancelAsync();
        List<double> latencies = await working;

        latencies.Sort();
        long peak = Resident(runtime.Id, "VmHWM");
        long left = 0;
        Assert.That(() => (left = Resident(runtime.Id, "VmRSS") - fresh) < MostLeftKibibytes, Is.True.After(30_000, 100), $"{left} KiB of memory stay");
        await TestContext.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{attack.Name}: {sent} messages in {took.TotalSeconds:F1} s; the other client had {latencies.Count} answers, p50 {latencies[latencies.Count / 2]:F2} ms, p99 {latencies[latencies.Count * 99 / 100]:F2} ms, longest {latencies[^1]:F2} ms; memory {fresh} KiB fresh, {peak} at most, {left:+0;-0} at rest; seed {FuzzBudget.Seed}"));
        Assert.That(sent, Is.GreaterThanOrEqualTo(all * attack.Share / 100));
        Assert.That(runtime.HasExited, Is.False);
        Assert.That(peak, Is.LessThan(MostPeakKibibytes), "memory");
        Assert.That(() => OpenDescriptors(runtime.Id) <= descriptors + 2, Is.True.After(20_000, 50), "descriptors left");
        Assert.That((await client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
        await using (NorthstarClient another = await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(Address)))
        {
            Assert.That(await another.ListAsync(), Is.Empty);
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    /// <summary>Everything but the permission to end the runtime, which is among the lines.</summary>
    private static string WithoutShutdown =>
        string.Join(", ", PermissionNames.Of(Permissions.Full & ~Permissions.Shutdown).Select(static name => $"\"{name}\""));

    private static string Limits => $"""

        [console.global.options]
        max_requests_per_sec = 100000
        npk_stream_timeout = "1s"
        [console.global.limits]
        connections = 2000
        write = "2s"
        handshake = "5s"
        """;

    /// <summary>Asks one thing after the other, on a thread of its own, and keeps how long each answer took, in milliseconds.</summary>
    private static List<double> Work(string path, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)s_deadline.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        byte[] answer = new byte[1024];
        Ask("""{"connect":{"version":"0.9.3","subscribe_notifications":false}}""", """{"connect_ack":null}""");
        var latencies = new List<double>();
        do
        {
            long begin = Stopwatch.GetTimestamp();
            Ask("""{"request":"ident"}""", """{"response":{"ident":"extern:0.0.0"}}""");
            Ask("""{"request":"list"}""", """{"response":{"list":[]}}""");
            latencies.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds / 2);
        }
        while (!stop.IsCancellationRequested);

        return latencies;

        void Ask(string line, string expected)
        {
            socket.Send(Encoding.UTF8.GetBytes(line + "\n"));
            int count = 0;
            while (count == 0 || answer[count - 1] != (byte)'\n')
            {
                int more = socket.Receive(answer, count, answer.Length - count, SocketFlags.None);
                Assert.That(more, Is.GreaterThan(0), "the client that behaves was closed");
                count += more;
            }

            Assert.That(Encoding.UTF8.GetString(answer, 0, count - 1), Is.EqualTo(expected));
        }
    }

    private static int OpenDescriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static long Resident(int pid, string field) => long.Parse(ProcessTable.Status(pid, field).Split(' ')[0], CultureInfo.InvariantCulture);
}
