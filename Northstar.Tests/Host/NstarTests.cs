// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Api;
using Northstar.Host;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>The verbs of nstar against a scripted console.</summary>
public sealed class NstarTests
{
    private static readonly ContainerId s_hello = ContainerId.Parse("hello:0.0.1");
    private static readonly ContainerId s_other = ContainerId.Parse("other:1.0.0");

    [Test]
    public async Task Ident_Answered_PrintsTheContainer()
    {
        await using var console = new FakeConsole(static _ => new Response.Ident(ContainerId.Parse("extern:0.0.0")));
        Invocation run = await Invocation.NstarAsync(console, "ident");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "extern:0.0.0\n", "")));
        Assert.That(console.Connect, Is.EqualTo(new Connect(ProtocolVersion.Current, false)));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Ident() }));
    }

    [Test]
    public async Task List_SeveralContainers_PrintsAppsBeforeResourcesByNameAndVersion()
    {
        string[] installed = ["z:0.0.1", "b-resource:0.0.1", "a:0.0.10", "a:0.0.9", "gone:1.0.0"];
        await using var console = new FakeConsole(request => request switch
        {
            Request.List => new Response.List([.. installed.Select(ContainerId.Parse)]),
            Request.Inspect { Container: var id } when id.Name.ToString() == "gone" => new Response.Inspect(id, new ApiError.InvalidContainer(id)),
            Request.Inspect { Container: var id } => new Response.Inspect(id, Data(id)),
            _ => null,
        });
        Invocation run = await Invocation.NstarAsync(console, "list");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output.Split('\n').Select(static line => line.TrimEnd()), Is.EqualTo(new[]
        {
            " Name       | Version | Repository | Type     | Mounted | PID | Uptime",
            "------------+---------+------------+----------+---------+-----+---------------",
            " a          | 0.0.9   | default    | app      | no      |     |",
            " a          | 0.0.10  | default    | app      | no      |     |",
            " z          | 0.0.1   | default    | app      | yes     | 42  | 1m 2s 3ms 4ns",
            " b-resource | 0.0.1   | default    | resource | no      |     |",
            "",
        }));
        Assert.That(console.Requests[0], Is.EqualTo(new Request.List()));
        Assert.That(console.Requests, Has.Count.EqualTo(6));
    }

    [TestCase("ls")]
    [TestCase("repos")]
    public async Task Alias_OfAVerb_Works(string alias)
    {
        await using var console = new FakeConsole(static request =>
            request is Request.List ? new Response.List([]) : new Response.Repositories(["b", "a\e[31m"]));
        Invocation run = await Invocation.NstarAsync(console, alias);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(console.Requests, Has.Count.EqualTo(1));
        Assert.That(run.Output, alias == "repos" ? Does.Contain(" a\\u001B[31m \n b").And.Not.Contain('\e') : Does.StartWith(" Name"));
    }

    [Test]
    public async Task Table_OnATerminal_HasColours()
    {
        await using var console = new FakeConsole(static _ => new Response.Repositories(["a"]));
        Invocation run = await Invocation.RunAsync("nstar", ["repositories", "-u", console.Url], terminal: true);
        Assert.That(run.Output, Is.EqualTo(" \e[1mName\e[0m \n------\n \e[1ma\e[0m    \n"));
    }

    [TestCase("mount")]
    [TestCase("umount")]
    public async Task T273_Mount_WithAFailedRow_PrintsEachRowAndFails(string verb)
    {
        ContainerResult[] results = [new(s_hello), new(s_other, new ApiError.InvalidContainer(s_other))];
        await using var console = new FakeConsole(request => request switch
        {
            Request.List => new Response.List([s_hello, s_other]),
            Request.Mount => new Response.Mount(results),
            _ => new Response.Umount(results),
        });
        Invocation run = await Invocation.NstarAsync(console, verb, "hello", "other:1.0.0");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output.Split('\n')[2].TrimEnd(), Is.EqualTo(" hello:0.0.1 | ok"));
        Assert.That(run.Output.Split('\n')[3], Does.StartWith(" other:1.0.0 | container other:1.0.0 is not installed"));
        Assert.That(console.Requests, Has.Count.EqualTo(2));
        Assert.That(console.Requests[1], verb == "mount" ? Is.EqualTo(new Request.Mount([s_hello, s_other])) : Is.EqualTo(new Request.Umount([s_hello, s_other])));
    }

    [Test]
    public async Task Mount_AllRowsGood_Succeeds()
    {
        await using var console = new FakeConsole(static _ => new Response.Mount([new ContainerResult(s_hello)]));
        Assert.That((await Invocation.NstarAsync(console, "mount", "hello:0.0.1")).Code, Is.EqualTo(ExitCode.Success));
    }

    [Test]
    public async Task T276_Start_WithCommandLine_SendsItsParts()
    {
        await using var console = new FakeConsole(static _ => new Response.Start(new ContainerResult(s_hello)));
        Invocation run = await Invocation.NstarAsync(console, "start", "hello:0.0.1", "A=1", "B=x=y", "A=2", "<INIT>", "print", "-i", "C=3", "--help", "@f", "--", "-u");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "started hello:0.0.1 A=2 B=x=y <INIT> print -i C=3 --help @f -- -u\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[]
        {
            new Request.Start(
                s_hello, "<INIT>", ["print", "-i", "C=3", "--help", "@f", "--", "-u"],
                new Dictionary<string, string> { ["A"] = "2", ["B"] = "x=y" }),
        }));
    }

    [Test]
    public async Task Start_Plain_SendsNothingBeside()
    {
        await using var console = new FakeConsole(static _ => new Response.Start(new ContainerResult(s_hello)));
        Invocation run = await Invocation.NstarAsync(console, "start", "hello:0.0.1", "--timeout", "5s");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "started hello:0.0.1\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Start(s_hello) }));
    }

    [Test]
    public async Task T273_Start_Refused_NamesOperationContainerAndCause()
    {
        await using var console = new FakeConsole(static _ =>
            new Response.Start(new ContainerResult(s_hello, new ApiError.StartContainerFailed(s_hello, "execve /x: no such file (ENOENT)\nError: forged"))));
        Invocation run = await Invocation.NstarAsync(console, "start", "hello:0.0.1");
        Assert.That(run, Is.EqualTo(new Invocation(
            ExitCode.Failure, "",
            "Error: start hello:0.0.1: container hello:0.0.1 failed to start: execve /x: no such file (ENOENT)\\nError: forged\n")));
    }

    [TestCase("hello:0.0.1,hello:0.0.2", "container hello is installed in 2 versions; name one of hello:0.0.1, hello:0.0.2")]
    [TestCase("hello-world:0.0.1", "container hello is not installed")]
    public async Task T274_Name_ThatIsNotUnique_FailsAndSendsNothingFurther(string installed, string error)
    {
        await using var console = new FakeConsole(_ => new Response.List([.. installed.Split(',').Select(ContainerId.Parse)]));
        Invocation run = await Invocation.NstarAsync(console, "start", "hello");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith($"Error: {error}"));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.List() }));
    }

    [TestCase("kill", 15)]
    [TestCase("kill", 9)]
    public async Task Kill_ByName_ResolvesAndSendsTheSignal(string verb, int signal)
    {
        await using var console = new FakeConsole(static request =>
            request is Request.List ? new Response.List([s_other, s_hello]) : new Response.Kill(new ContainerResult(s_hello)));
        string[] arguments = signal == 15 ? [verb, "hello"] : [verb, "hello", "9"];
        Invocation run = await Invocation.NstarAsync(console, arguments);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, $"killed hello:0.0.1 with signal {signal}\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.List(), new Request.Kill(s_hello, signal) }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Uninstall_Answered_SendsWipe(bool wipe)
    {
        await using var console = new FakeConsole(static _ => new Response.Uninstall(new ContainerResult(s_hello)));
        string[] arguments = wipe ? ["uninstall", "-w", "hello:0.0.1"] : ["uninstall", "hello:0.0.1"];
        Invocation run = await Invocation.NstarAsync(console, arguments);
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "uninstalled hello:0.0.1\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Uninstall(s_hello, wipe) }));
    }

    [Test]
    public async Task Install_Answered_SendsThePackage()
    {
        using var folder = new TestFolder();
        string path = folder.Write("hello.npk", [.. Enumerable.Range(0, 100_000).Select(static i => unchecked((byte)(i * 7)))]);
        await using var console = new FakeConsole(static _ => new Response.Install(s_hello));
        Invocation run = await Invocation.NstarAsync(console, "install", path, "default");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, $"installed {path} in default as hello:0.0.1\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Install("default", 100_000) }));
        Assert.That(console.Package, Is.EqualTo(await File.ReadAllBytesAsync(path)));
    }

    [Test]
    public async Task Install_Refused_NamesFileRepositoryAndCause()
    {
        using var folder = new TestFolder();
        string path = folder.Write("hello.npk", [1, 2, 3]);
        await using var console = new FakeConsole(static _ => new Response.Install(new ApiError.InstallDuplicate(s_hello)));
        Invocation run = await Invocation.NstarAsync(console, "install", path, "default");
        Assert.That(run, Is.EqualTo(new Invocation(
            ExitCode.Failure, "",
            $"Error: install {path} in default failed\nCaused by: install: container hello:0.0.1 is installed in another repository\n")));
    }

    [Test]
    public async Task Install_MissingFile_FailsWithoutAConnection()
    {
        Invocation run = await Invocation.RunAsync("nstar", ["install", "/nonexistent/x.npk", "default"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: open package /nonexistent/x.npk: "));
    }

    [Test]
    public async Task Inspect_Answered_PrintsIndentedJson()
    {
        await using var console = new FakeConsole(static _ => new Response.Inspect(s_hello, Data(ContainerId.Parse("z:0.0.1"))));
        Invocation run = await Invocation.NstarAsync(console, "inspect", "hello:0.0.1");
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output, Does.StartWith("{\n  \"manifest\": {\n    \"name\": \"z\""));
        Assert.That(json.RootElement.GetProperty("process").GetProperty("uptime").GetUInt64(), Is.EqualTo(62_003_000_004));
        Assert.That(json.RootElement.EnumerateObject().Select(static p => p.Name), Is.SupersetOf(new[] { "manifest", "repository", "mounted", "process" }));
    }

    [Test]
    public async Task Shutdown_WithoutAnswer_Succeeds()
    {
        await using var console = new FakeConsole(static _ => null);
        Invocation run = await Invocation.NstarAsync(console, "shutdown");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, "shutdown\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.Shutdown() }));
    }

    [TestCase(1)]
    [TestCase(null)]
    public async Task T277_Notifications_Subscribed_PrintsOneLineEach(int? number)
    {
        await using var console = new FakeConsole(
            static _ => null,
            new Notification.Started(s_hello),
            new Notification.Exit(s_hello, new ExitStatus.Exit(101)),
            new Notification.Exit(s_hello, new ExitStatus.Signalled(15)),
            new Notification.CGroup(s_hello, new MemoryEvents(Oom: 1, OomKill: 2)),
            new Notification.Install(s_hello),
            new Notification.Uninstall(s_hello),
            new Notification.Shutdown());
        string[] arguments = number is null ? ["notifications"] : ["notifications", "-n", "1"];
        Invocation run = await Invocation.NstarAsync(console, arguments);
        string all = "started hello:0.0.1\nexited hello:0.0.1 with exit code 101\nexited hello:0.0.1 with signal 15\n"
            + "memory hello:0.0.1 oom=1 oom_kill=2\ninstalled hello:0.0.1\nuninstalled hello:0.0.1\nshutdown\n";
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, number is null ? all : "started hello:0.0.1\n", "")));
        Assert.That(console.Connect!.SubscribeNotifications, Is.True);
    }

    [Test]
    public async Task Token_Answered_PrintsBase64()
    {
        var token = new Token(new byte[40]);
        await using var console = new FakeConsole(_ => new Response.TokenCreate(token));
        Invocation run = await Invocation.NstarAsync(console, "token", "server", "shäred");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, $"token: {token.ToBase64()}\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[]
        {
            new Request.TokenCreate(ContainerName.Parse("server"), Encoding.UTF8.GetBytes("shäred")),
        }));
    }

    [TestCase(TokenVerification.Ok)]
    [TestCase(TokenVerification.Invalid)]
    [TestCase(TokenVerification.Expired)]
    [TestCase(TokenVerification.Future)]
    public async Task VerifyToken_Answered_PrintsTheWord(TokenVerification outcome)
    {
        var token = new Token(new byte[40]);
        await using var console = new FakeConsole(_ => new Response.TokenVerify(outcome));
        Invocation run = await Invocation.NstarAsync(console, "verify-token", token.ToBase64(), "client", "s");
        Assert.That(run, Is.EqualTo(new Invocation(ExitCode.Success, $"{outcome}\n", "")));
        Assert.That(console.Requests, Is.EqualTo(new Request[] { new Request.TokenVerify(token, ContainerName.Parse("client"), "s"u8.ToArray()) }));
    }

    [TestCase("start", "a:b:c")]
    [TestCase("start", "a:1.0")]
    [TestCase("start", "a b")]
    [TestCase("mount", "a/b")]
    [TestCase("kill", ":1.0.0")]
    [TestCase("token", "a b", "s")]
    [TestCase("verify-token", "!!", "client", "s")]
    public async Task Argument_Malformed_FailsWithoutAConnection(params string[] arguments)
    {
        Invocation run = await Invocation.RunAsync("nstar", ["-u", "unix:///nonexistent/console", .. arguments]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: ").And.Not.Contain("connect"));
    }

    [Test]
    public async Task PermissionDenied_AnyVerb_FailsAndNamesThePermission()
    {
        await using var console = new FakeConsole(static request => new Response.PermissionDenied(request));
        Invocation run = await Invocation.NstarAsync(console, "repositories");
        Assert.That(run, Is.EqualTo(new Invocation(
            ExitCode.Failure, "", "Error: repositories: permission denied; this connection needs 'repositories'\n")));
    }

    [Test]
    public async Task Connect_Refused_Fails()
    {
        await using var console = new FakeConsole(static _ => null) { ConnectAnswer = new ConnectNack.PermissionDenied() };
        Assert.That((await Invocation.NstarAsync(console, "notifications")).Code, Is.EqualTo(ExitCode.Failure));
    }

    [Test]
    public async Task T273_NothingListens_Fails()
    {
        Invocation run = await Invocation.RunAsync("nstar", ["-u", "unix:///nonexistent/console", "list"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: connect unix:///nonexistent/console: there is no such socket; "));
    }

    [Test]
    public async Task T275_Json_TracesEveryMessageAndNothingElse()
    {
        await using var console = new FakeConsole(static _ => new Response.Ident(ContainerId.Parse("extern:0.0.0")));
        Invocation run = await Invocation.NstarAsync(console, "-j", "ident");
        Assert.That(run.Output.Split('\n'), Is.EqualTo(new[]
        {
            """{"connect":{"version":"0.9.3","subscribe_notifications":false}}""",
            """{"connect_ack":null}""",
            """{"request":"ident"}""",
            """{"response":{"ident":"extern:0.0.0"}}""",
            "",
        }));
    }

    [Test]
    public async Task Json_OfAnInstall_LeavesThePackageOut()
    {
        using var folder = new TestFolder();
        string path = folder.Write("hello.npk", [1, 2, 3]);
        await using var console = new FakeConsole(static _ => new Response.Install(s_hello));
        Invocation run = await Invocation.NstarAsync(console, "--json", "install", path, "default");
        Assert.That(run.Output.Split('\n')[2], Is.EqualTo("""{"request":{"install":{"repository":"default","size":3}}}"""));
        Assert.That(run.Output.Split('\n')[3], Does.StartWith("""{"response":"""));
        Assert.That(console.Package, Has.Length.EqualTo(3));
    }

    [Test]
    public async Task H76_Errors_OfTheRuntime_AreEscaped()
    {
        await using var console = new FakeConsole(static _ => new Response.Start(new ContainerResult(s_hello, new ApiError.StartContainerFailed(s_hello, "x\e[2J\nError: y"))));
        Invocation run = await Invocation.NstarAsync(console, "start", "hello:0.0.1");
        Assert.That(run.Error, Does.Contain("x\\u001B[2J\\nError: y").And.Not.Contain('\e'));
        Assert.That(run.Error.Split('\n'), Has.Length.EqualTo(2));
    }

    [Test]
    public async Task H76_Manifests_WithEscapeCodes_AreEscaped()
    {
        using var custom = JsonDocument.Parse("""{"a\u001b[31m":"b\u009b\u202e"}""");
        InspectData data = Data(s_hello);
        data = data with { Manifest = data.Manifest with { Custom = custom.RootElement.Clone() }, Repository = "r\e]0;x\a" };
        await using var console = new FakeConsole(_ => new Response.Inspect(s_hello, data));
        Invocation run = await Invocation.NstarAsync(console, "inspect", "hello:0.0.1");
        Assert.That(run.Output, Does.Not.Contain('\e').And.Not.Contain('\u009b').And.Not.Contain('\u202e'));
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.That(json.RootElement.GetProperty("repository").GetString(), Is.EqualTo("r\e]0;x\a"), "the text is still JSON of the same value");
    }

    [Test]
    public async Task H76_Notifications_WithTexts_AreEscaped()
    {
        await using var console = new FakeConsole(static _ => null, new Notification.Corrupted(s_hello, "block 7\e[31m\nstarted x:1.0.0"));
        Invocation run = await Invocation.NstarAsync(console, "notifications");
        Assert.That(run.Output, Is.EqualTo("corrupted hello:0.0.1: block 7\\u001B[31m\\nstarted x:1.0.0\n"));
    }

    [TestCase("tcp://127.0.0.1:1", "Error: read the certificates and the key for TLS: ")]
    [TestCase("unix:///nonexistent/console", "Error: TLS is for consoles with tcp://, not unix:///nonexistent/console")]
    public async Task Tls_ThatCannotBe_FailsBeforeConnecting(string url, string error)
    {
        Invocation run = await Invocation.RunAsync("nstar", ["-u", url, "--tls-ca", "/nonexistent/ca.pem", "list"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith(error));
    }

    private static InspectData Data(ContainerId id) => new()
    {
        Manifest = new Manifest { Name = id.Name, Version = id.Version, Uid = 1, Gid = 1, Init = id.Name.ToString().EndsWith("resource", StringComparison.Ordinal) ? null : "/init" },
        Repository = "default",
        Mounted = id.Name.ToString() == "z",
        Process = id.Name.ToString() == "z" ? new ProcessData(42, 62_003_000_004, ProcessStatistics.Empty) : null,
    };
}
