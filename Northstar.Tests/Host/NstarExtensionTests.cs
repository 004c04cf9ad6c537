// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Api;
using Northstar.Host;
using Northstar.Host.Nstar;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Tests.Host;

/// <summary>The verbs of nstar that use extensions of the protocol.</summary>
public sealed class NstarExtensionTests
{
    private static string[] Lines(Invocation run) => [.. run.Output.Split('\n').Select(static line => line.TrimEnd())];

    private static readonly ContainerId s_hello = ContainerId.Parse("hello:0.0.1");
    private static readonly ContainerId s_gone = ContainerId.Parse("gone:0.0.1");
    private static readonly ContainerId s_other = ContainerId.Parse("other:1.0.0");
    private static readonly ConnectAck s_ack = new() { Extensions = ProtocolExtensions.All };

    [Test]
    public async Task Top_Piped_PrintsOneTableOfTheTimeBetween()
    {
        var answers = new Queue<Response>(
        [
            Statistics(new ProcessUsage(7, 2_000_000_000, 1_000_000_000, 1_500_000, null, 3)),
            Statistics(new ProcessUsage(7, 4_000_000_000, 1_500_000_000, 2_500_000, 10_000_000, 4)),
        ]);
        await using var console = new FakeConsole(_ => answers.Dequeue()) { ConnectAnswer = s_ack };
        Invocation run = await Invocation.NstarAsync(console, "top", "-i", "1ms");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Success, "")));
        Assert.That(Lines(run), Is.EqualTo(new[]
        {
            " Name  | Version | State   | PID | Uptime | CPU % | CPU time | Memory | Limit   | Tasks",
            "-------+---------+---------+-----+--------+-------+----------+--------+---------+-------",
            " hello | 0.0.1   | started |   7 |     4s |  25.0 |    1.50s | 2.5 MB | 10.0 MB |     4",
            " other | 1.0.0   | mounted |     |        |       |          |        |         |",
            "",
        }));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Statistics(), new Request.Statistics() }));
        Assert.That(console.Connect!.Extensions, Is.True);
    }

    [Test]
    public async Task Top_OnATerminal_DrawsOnItsOtherScreenAndLeavesIt()
    {
        await using var console = new FakeConsole(static _ => Statistics(new ProcessUsage(7, 2_000_000_000, null, null, null, null))) { ConnectAnswer = s_ack };
        Invocation run = await Invocation.RunAsync("nstar", ["-u", console.Url, "top", "-i", "1ms", "-n", "2"], terminal: true, size: new TerminalSize(50, 5));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output, Does.StartWith("\e[?1049h\e[?25l").And.EndWith("\e[?25h\e[?1049l"));
        Assert.That(console.Requests, Has.Count.EqualTo(3));

        // One row of two fits below the line above the table, its header and rule.
        string frame = run.Output.Split("\e[H")[^1];
        Assert.That(frame, Does.Contain("2 containers, 1 started; processor 0.0 %").And.Contain("hello").And.Contain("... and 1 more").And.Not.Contain("other"));
        Assert.That(frame, Does.Not.Contain("Limit"), "columns that do not fit are left out");
    }

    [Test]
    public async Task H15_Verify_SeveralContainers_TellsEachAndFailsWhenOneIsDamaged()
    {
        await using var console = new FakeConsole(static request => request is Request.Verify verify
            ? new Response.Verify(new ContainerResult(verify.Container, verify.Container == s_other ? new ApiError.Unexpected("data block 7") : null))
            : null) { ConnectAnswer = s_ack };
        Invocation run = await Invocation.NstarAsync(console, "verify", "hello:0.0.1", "other:1.0.0");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Does.Match("hello:0.0.1 +[|] ok").And.Match("other:1.0.0 +[|] .*data block 7"));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Verify(s_hello), new Request.Verify(s_other) }));
    }

    [Test]
    public async Task H18_Floor_AsksForIt()
    {
        await using var console = new FakeConsole(static _ => new Response.SetFloor(new ContainerResult(s_hello))) { ConnectAnswer = s_ack };
        Invocation run = await Invocation.NstarAsync(console, "floor", "hello:0.0.1", "default");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "hello:0.0.1 is the lowest version in default\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.SetFloor("default", s_hello) }));
    }

    [Test]
    public async Task Top_RuntimeWithoutTheExtension_InspectsEachContainer()
    {
        var processes = new Queue<ProcessData>(
        [
            Process(2_000_000_000, """{"cpu":{"stat":"usage_usec 1000000\nuser_usec 3\n"},"memory":{"memory":{"usage_in_bytes":5}}}"""),
            Process(4_000_000_000, """
                {"cpu":{"stat":"usage_usec 1500000\nuser_usec 3\n"},"memory":{"memory":{"usage_in_bytes":2500000,"limit_in_bytes":10000000}},"new":[]}
                """),
        ]);
        await using var console = new FakeConsole(request => request switch
        {
            Request.List => new Response.List([s_hello, s_gone, s_other]),
            Request.Inspect { Container: var id } when id == s_gone => new Response.Inspect(id, new ApiError.InvalidContainer(id)),
            Request.Inspect { Container: var id } => new Response.Inspect(id, Inspected(id, id == s_hello ? processes.Dequeue() : null)),
            _ => null,
        });
        Invocation run = await Invocation.NstarAsync(console, "top", "-i", "1ms");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Success, "")));
        Assert.That(Lines(run), Is.EqualTo(new[]
        {
            " Name  | Version | State   | PID | Uptime | CPU % | CPU time | Memory | Limit   | Tasks",
            "-------+---------+---------+-----+--------+-------+----------+--------+---------+-------",
            " hello | 0.0.1   | started |   7 |     4s |  25.0 |    1.50s | 2.5 MB | 10.0 MB |     ?",
            " other | 1.0.0   | mounted |     |        |       |          |        |         |",
            "",
        }));
        Request[] look = [new Request.List(), new Request.Inspect(s_hello), new Request.Inspect(s_gone), new Request.Inspect(s_other)];
        Assert.That(console.Requests, Is.EqualTo(look.Concat(look)));
    }

    [TestCase("{}", "?", "")]
    [TestCase("""{"cpu":null,"memory":{"memory":null}}""", "?", "")]
    [TestCase("""{"cpu":{"stat":7},"memory":[]}""", "?", "")]
    [TestCase("""{"cpu":{"stat":"usage_usec 99999999999999999999\n"},"memory":{"memory":{"usage_in_bytes":-1,"limit_in_bytes":"x"}}}""", "?", "")]
    [TestCase("""{"memory":{"memory":{"usage_in_bytes":5,"limit_in_bytes":-1}}}""", "5 B", "")]
    [TestCase("""{"memory":{"memory":{"usage_in_bytes":5,"limit_in_bytes":9223372036854771712}}}""", "5 B", "")]
    public async Task Top_RuntimeWithoutTheExtension_TakesStatisticsAsTheyAre(string statistics, string memory, string limit)
    {
        await using var console = new FakeConsole(request => request is Request.List
            ? new Response.List([s_hello])
            : new Response.Inspect(s_hello, Inspected(s_hello, Process(1_000_000_000, statistics))));
        Invocation run = await Invocation.NstarAsync(console, "top", "-i", "1ms");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Success, "")));
        Assert.That(run.Output.Split('\n')[2].Split('|').Select(static c => c.Trim()).Skip(5), Is.EqualTo(new[] { "?", "?", memory, limit, "?" }));
    }

    [TestCase("logs", "hello:0.0.1")]
    [TestCase("logs", "--follow", "hello:0.0.1")]
    public async Task Logs_RuntimeWithoutTheExtension_SaysSo(params string[] arguments)
    {
        await using var console = new FakeConsole(static _ => null);
        Invocation run = await Invocation.NstarAsync(console, arguments);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Failure, "", "Error: this runtime does not offer the extension 'output'; a newer one does\n")));
        Assert.That(console.Requests, Is.Empty);
    }

    [Test]
    public void Top_SeveralContainers_ShowsTheBusiestFirst()
    {
        ContainerStatistics[] before = [Of("a", 1, 1000, 0), Of("b", 2, 1000, 500), Of("c", 3, 1000, 900), new(s_other, "r", false)];
        ContainerStatistics[] now = [Of("a", 1, 2000, 100), Of("b", 2, 2000, 1400), Of("c", 4, 1000, 200), new(s_other, "r", false)];
        string[] rows = new TopTable(before, now).ToTable().Format(null, colours: false).Split('\n');
        Assert.That(rows.Skip(2).Take(4).Select(static r => r.Split('|')[0].Trim()), Is.EqualTo(new[] { "b", "c", "a", "other" }));

        // One that was started anew between counts from its start.
        Assert.That(rows.Skip(2).Take(3).Select(static r => r.Split('|')[5].Trim()), Is.EqualTo(new[] { "90.0", "20.0", "10.0" }));
    }

    [Test]
    public async Task H76_Logs_OfAStartedContainer_EscapesLinesUntilItsStreamsEnd()
    {
        byte[] smile = Encoding.UTF8.GetBytes("😀");
        await using var console = Follow(
            started: true,
            Output(OutputSource.Stdout, "one\r\ntw"u8), Output(OutputSource.Stderr, "bad\e[2J\n"u8), Output(OutputSource.Stdout, "o\tx\n\e]0;evil\a\n"u8),
            Output(OutputSource.Stdout, smile.AsSpan(0, 2)), Output(OutputSource.Stdout, smile.AsSpan(2)),
            new Notification.OutputLost(s_hello, OutputSource.Stderr, 5), Output(OutputSource.Stdout, [0xFF, (byte)'\n']),
            Output(OutputSource.Stdout, "no end"u8), new Notification.OutputEnd(s_hello, OutputSource.Stdout), new Notification.OutputEnd(s_hello, OutputSource.Stderr));
        Invocation run = await Invocation.NstarAsync(console, "logs", "hello:0.0.1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output, Is.EqualTo("one\ntwo\tx\n\\u001B]0;evil\\u0007\n😀\uFFFD\nno end\n"));
        Assert.That(run.Error, Is.EqualTo("bad\\u001B[2J\nWarning: 5 bytes of stderr are missing here: they came faster than they were read\n"));
    }

    [Test]
    public async Task Logs_Raw_PassesTheBytesOn()
    {
        await using var console = Follow(
            started: true, Output(OutputSource.Stdout, "\e[1mx\xFF"u8), Output(OutputSource.Stderr, "\e"u8),
            new Notification.OutputEnd(s_hello, OutputSource.Stdout), new Notification.OutputEnd(s_hello, OutputSource.Stderr));
        Assert.That(await Invocation.NstarAsync(console, "logs", "--raw", "hello:0.0.1"), Is.EqualTo(new Invocation(ExitCode.Success, "\e[1mx\xFF", "\e")));
    }

    [Test]
    public async Task Logs_OfOneStream_FollowsItAlone()
    {
        await using var console = Follow(
            started: true, Output(OutputSource.Stderr, "x\n"u8), new Notification.OutputEnd(s_hello, OutputSource.Stderr));
        Assert.That(await Invocation.NstarAsync(console, "logs", "--stream", "stderr", "hello:0.0.1"), Is.EqualTo(new Invocation(ExitCode.Success, "", "x\n")));
        Assert.That(console.Requests[0], Is.EqualTo(new Request.OutputSubscribe(s_hello, Stdout: false, Stderr: true)));
    }

    [Test]
    public async Task Logs_OfAStoppedContainer_FailsWithHint()
    {
        await using var console = Follow(started: false);
        Invocation run = await Invocation.NstarAsync(console, "logs", "hello:0.0.1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Is.EqualTo(
            "Error: container hello:0.0.1 is not started; 'nstar logs --follow' waits for it, 'nstar start --follow' starts it\n"));
    }

    [TestCase(0, ExitCode.Success, "")]
    [TestCase(3, ExitCode.Failure, "Error: container hello:0.0.1 ended with exit code 3\n")]
    public async Task StartFollow_UntilItsEnd_PrintsAllItWroteAndTellsHowItEnded(int code, object expected, string error)
    {
        await using var console = new FakeConsole(static request => request switch
        {
            Request.OutputSubscribe => new Response.OutputSubscribe(new ContainerResult(s_hello)),
            Request.OutputUnsubscribe => new Response.OutputUnsubscribe(new ContainerResult(s_hello)),
            _ => new Response.Start(new ContainerResult(s_hello)),
        })
        {
            ConnectAnswer = s_ack,
            Then = request => request is Request.Start
                ? [new Notification.Started(s_hello), Output(OutputSource.Stdout, "hi\n"u8), new Notification.Exit(s_other, new ExitStatus.Exit(9)), new Notification.Exit(s_hello, new ExitStatus.Exit(code))]
                : [],
        };
        Invocation run = await Invocation.NstarAsync(console, "start", "-f", "hello:0.0.1", "A=1", "/x", "-f");
        Assert.That(run, Is.EqualTo(new Invocation((ExitCode)expected, "hi\n", error)));
        Assert.That(console.Requests.Take(2), Is.EqualTo(new Request[]
        {
            new Request.OutputSubscribe(s_hello, true, true),
            new Request.Start(s_hello) { Init = "/x", Arguments = ["-f"], Environment = new Dictionary<string, string> { ["A"] = "1" } },
        }));
    }

    private static FakeConsole Follow(bool started, params Notification[] output) => new(request => request switch
    {
        Request.OutputSubscribe => new Response.OutputSubscribe(new ContainerResult(s_hello)),
        Request.Inspect => new Response.Inspect(s_hello, new InspectData
        {
            Manifest = new Manifest
            {
                Name = s_hello.Name, Version = s_hello.Version, Uid = 1, Gid = 1, Init = "/x", Io = new StandardStreams(OutputMode.Pipe, OutputMode.Pipe),
            },
            Repository = "default",
            Mounted = started,
            Process = started ? new ProcessData(42, 1, ProcessStatistics.Empty) : null,
        }),
        _ => null,
    })
    {
        ConnectAnswer = s_ack,
        Then = request => request is Request.Inspect ? output : [],
    };

    private static Notification.Output Output(OutputSource stream, ReadOnlySpan<byte> data) => new(s_hello, stream, data.ToArray());

    private static ProcessData Process(ulong uptime, string statistics)
    {
        using var json = JsonDocument.Parse(statistics);
        return new ProcessData(7, uptime, ProcessStatistics.Create(json.WriteTo));
    }

    private static InspectData Inspected(ContainerId id, ProcessData? process) => new()
    {
        Manifest = new Manifest { Name = id.Name, Version = id.Version, Uid = 1, Gid = 1, Init = "/init" }, Repository = "r", Mounted = true, Process = process,
    };

    private static Response.Statistics Statistics(ProcessUsage usage) =>
        new([new ContainerStatistics(s_other, "r", true), new ContainerStatistics(s_hello, "r", true, usage)]);

    private static ContainerStatistics Of(string name, uint pid, ulong uptime, ulong cpu) =>
        new(ContainerId.Parse($"{name}:1.0.0"), "r", true, new ProcessUsage(pid, uptime, cpu, null, null, null));
}
