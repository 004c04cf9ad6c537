// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Under a policy a peer touches and sees its own containers only.</summary>
public sealed class ScopeTests
{
    private static readonly string[] s_names = ["app-one", "app-two", "other", "app"];
    private static readonly string[][] s_scopes = [[], ["app-*"], ["app-one", "other"], ["nothing"]];

    private static readonly (string Name, Func<ContainerId, Request> Make)[] s_actions =
    [
        ("inspect", static id => new Request.Inspect(id)),
        ("kill", static id => new Request.Kill(id, 15)),
        ("mount", static id => new Request.Mount([id])),
        ("umount", static id => new Request.Umount([id])),
        ("start", static id => new Request.Start(id)),
        ("uninstall", static id => new Request.Uninstall(id, false)),
        ("output_subscribe", static id => new Request.OutputSubscribe(id, true, true)),
    ];

    [Test]
    public async Task H73_EveryPeerActionAndTarget_FollowsTheOracle([ValueSource(nameof(s_scopes))] string[] scope)
    {
        var rule = new ConsolePolicyRule { User = "*", Permissions = Permissions.Full };
        scope.ToList().ForEach(rule.Containers.Add);
        foreach ((string action, Func<ContainerId, Request> make) in s_actions)
        {
            foreach (string name in s_names)
            {
                // The oracle: written as a person would say it.
                bool isInScope = scope.Length == 0 || scope.Contains(name) || (scope.Contains("app-*") && name.StartsWith("app-", StringComparison.Ordinal));
                await using ConsoleFixture console = await AskedAsync(rule);
                string answer = await console.Peer.AskAsync(Api.Wire.Encode(make(ContainerId.Parse($"{name}:0.0.1"))).TrimEnd());
                Assert.That(answer.StartsWith("""{"response":{"permission_denied":""", StringComparison.Ordinal), Is.EqualTo(!isInScope), $"{action} {name}");
                Assert.That(console.Runtime.Calls, isInScope ? Is.Not.Empty : Is.Empty, $"{action} {name}");
            }
        }
    }

    [Test]
    public async Task H73_ContainerWithAScope_ReachesNothingElse()
    {
        var runtime = new FakeRuntime();
        await using var server = new ConsoleServer(runtime, new ConsoleOptions(), NullLoggerFactory.Instance);
        foreach ((string action, Func<ContainerId, Request> make) in s_actions)
        {
            foreach (string name in s_names)
            {
                (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
                using var container = new ConsolePeerSocket(theirs.ToSocket());
                var scope = new ConsolePolicyRule();
                scope.Containers.Add("app-*");
                server.ServeContainer(ours.ToSocket(), ContainerId.Parse("supervisor:1.0.0"), Permissions.Full, scope, CancellationToken.None);
                Assert.That(await container.AskAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false,"extensions":true}}"""), Does.Contain("connect_ack"));
                string answer = await container.AskAsync(Api.Wire.Encode(make(ContainerId.Parse($"{name}:0.0.1"))).TrimEnd());
                Assert.That(
                    answer.StartsWith("""{"response":{"permission_denied":""", StringComparison.Ordinal),
                    Is.EqualTo(!name.StartsWith("app-", StringComparison.Ordinal)), $"{action} {name}");
            }
        }
    }

    [Test]
    public void H73_ScopesOfFittingRules_AddUp()
    {
        var options = new RuntimeOptions();
        options.Policy["a"] = Rule("supervisor", "app-*");
        options.Policy["b"] = Rule("super*", "tool");
        options.Policy["c"] = Rule("other", "secret");
        options.Policy["d"] = new HostPolicyRule();
        options.Policy["b"].ConsoleScope!.ShowsEnvironment = true;
        ConsolePolicyRule? Find(string name) => HostPolicy.FindConsoleScope(
            options, ManifestReader.Read(System.Text.Encoding.UTF8.GetBytes($"name: {name}\nversion: 1.0.0\nuid: 1\ngid: 1\n")).Manifest!, "r", null, null);

        Assert.That(Find("supervisor")!.Containers, Is.EqualTo(new[] { "app-*", "tool" }));
        Assert.That(Find("supervisor")!.ShowsEnvironment, Is.True);
        Assert.That(Find("nobody"), Is.Null);
        options.Policy["a"].ConsoleScope!.Containers.Clear();
        Assert.That(ConsoleScope.Of(Find("supervisor")!).Contains(ContainerId.Parse("anything:1.0.0")), Is.True, "no names are all names");

        static HostPolicyRule Rule(string name, string container)
        {
            var rule = new HostPolicyRule { ConsoleScope = new ConsolePolicyRule() };
            rule.Names.Add(name);
            rule.ConsoleScope.Containers.Add(container);
            return rule;
        }
    }

    [Test]
    public async Task H73_SeveralTargets_OneOutsideDeniesAll()
    {
        await using ConsoleFixture console = await AskedAsync(Rule("app-*"));
        Assert.That(
            await console.Peer.AskAsync("""{"request":{"umount":{"containers":["app-one:0.0.1","other:0.0.1"]}}}"""),
            Is.EqualTo("""{"response":{"permission_denied":{"umount":{"containers":["app-one:0.0.1","other:0.0.1"]}}}}"""));
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [Test]
    public async Task H73_Install_OfAPackageOutside_IsRefusedOnceItIsKnown()
    {
        await using ConsoleFixture console = await AskedAsync(Rule("app-*"));
        await console.Peer.SendAsync("""{"request":{"install":{"repository":"mem","size":4}}}""" + "\nabcd");
        Assert.That(await console.Peer.ReadLineAsync(), Does.StartWith("""{"response":{"install":{"error":{"error":{"unexpected":"""));
        Assert.That(console.Runtime.Calls, Does.Not.Contain("complete"));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task H73_ListStatisticsAndNotifications_HaveWhatIsInScope()
    {
        await using ConsoleFixture console = await AskedAsync(Rule("app-*"), subscribe: true);
        Assert.That(await console.Peer.AskAsync("""{"request":"list"}"""), Is.EqualTo("""{"response":{"list":[]}}"""));
        Assert.That(await console.Peer.AskAsync("""{"request":"statistics"}"""), Is.EqualTo("""{"response":{"statistics":[]}}"""));
        ContainerId app = ContainerId.Parse("app-one:0.0.1");
        foreach (ContainerId id in new[] { FakeRuntime.Hello, app })
        {
            console.Runtime.Notifications.Publish(new Notification.Install(id));
            console.Runtime.Notifications.Publish(new Notification.Started(id));
            console.Runtime.Notifications.Publish(new Notification.CGroup(id, new MemoryEvents(Oom: 1)));
            console.Runtime.Notifications.Publish(new Notification.Exit(id, new ExitStatus.Exit(0)));
            console.Runtime.Notifications.Publish(new Notification.Corrupted(id, "changed"));
            console.Runtime.Notifications.Publish(new Notification.Uninstall(id));
        }

        foreach (string kind in new[] { "install", "started", "c_group", "exit", "corrupted", "uninstall" })
        {
            Assert.That(await console.Peer.ReadLineAsync(), Does.StartWith($$$"""{"notification":{"{{{kind}}}":""").And.Contain("app-one"));
        }

        console.Runtime.Notifications.Publish(new Notification.Shutdown());
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":"shutdown"}"""));
    }

    [Test]
    public async Task H73_Errors_DoNotNameContainersOutside()
    {
        await using ConsoleFixture console = await AskedAsync(Rule("hello"));
        console.Runtime.OnCall = static _ => throw RuntimeException.Busy(ContainerId.Parse("other:0.0.1"));
        Assert.That(
            await console.Peer.AskAsync("""{"request":{"uninstall":{"container":"hello:0.0.1","wipe":false}}}"""),
            Is.EqualTo("""{"response":{"uninstall":{"error":{"container":"hello:0.0.1","error":{"umount_busy":{"container":"hello:0.0.1"}}}}}}"""));
    }

    [Test]
    public void H73_Inspect_HidesArgumentsAndEnvironmentUnlessGranted([Values] bool granted)
    {
        var manifest = new Manifest
        {
            Name = FakeRuntime.Hello.Name, Version = FakeRuntime.Hello.Version, Uid = 1, Gid = 1, Args = ["secret"],
            Env = new Dictionary<string, string> { ["KEY"] = "secret" },
        };
        var data = new InspectData { Manifest = manifest, Repository = "mem", Mounted = false };
        var rule = new ConsolePolicyRule { User = "*", ShowsEnvironment = granted };
        string seen = Api.Wire.Encode(new Response.Inspect(FakeRuntime.Hello, ConsoleScope.Of(rule).Filter(data)));
        Assert.That(seen.Contains("secret", StringComparison.Ordinal), Is.EqualTo(granted));
        Assert.That(ConsoleScope.All.Filter(data), Is.SameAs(data));
    }

    [TestCase("""{"container":"hello:0.0.1","init":null,"arguments":["-v"],"environment":{}}""", true, Description = "declared")]
    [TestCase("""{"container":"hello:0.0.1","init":null,"arguments":["-x"],"environment":{}}""", false, Description = "an argument that is not")]
    [TestCase("""{"container":"hello:0.0.1","init":null,"arguments":["-v","-x"],"environment":{}}""", false, Description = "one of two")]
    [TestCase("""{"container":"hello:0.0.1","init":"/bin/sh","arguments":[],"environment":{}}""", false, Description = "another program")]
    [TestCase("""{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{"LOG_LEVEL":"1"}}""", true, Description = "declared by a pattern")]
    [TestCase("""{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{"PATH":"/"}}""", false, Description = "a variable that is not")]
    [TestCase("""{"container":"other:0.0.1","init":null,"arguments":["-v"],"environment":{}}""", false, Description = "another target")]
    public async Task C01_UnderAPolicy_OnlyWhatIsDeclaredIsOverridden(string start, bool isAllowed)
    {
        ConsolePolicyRule rule = Rule("hello");
        rule.StartArguments.Add("-v");
        rule.StartEnvironment.Add("LOG_*");
        await using ConsoleFixture console = await AskedAsync(rule);
        string answer = await console.Peer.AskAsync("""{"request":{"start":""" + start + "}}");
        Assert.That(answer, Does.StartWith(isAllowed ? """{"response":{"start":{"ok":""" : """{"response":{"permission_denied":{"start":"""));
        Assert.That(console.Runtime.Calls, isAllowed ? Has.Length.EqualTo(1) : Is.Empty);
    }

    [TestCase("LD_PRELOAD")]
    [TestCase("GCONV_PATH")]
    [TestCase("DOTNET_STARTUP_HOOKS")]
    [TestCase("COMPlus_EnableEventPipe")]
    public async Task C01_VariablesOfLoaders_AreNotMeantByAPatternButByTheirName(string variable)
    {
        ConsolePolicyRule rule = Rule("hello");
        rule.StartEnvironment.Add("*");
        string start = $$$$$$"""{"request":{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{"{{{{{{variable}}}}}}":"x"}}}}""";
        await using (ConsoleFixture console = await AskedAsync(rule))
        {
            Assert.That(await console.Peer.AskAsync(start), Does.Contain("permission_denied"));
        }

        rule.StartEnvironment.Add(variable);
        await using ConsoleFixture named = await AskedAsync(rule);
        Assert.That(await named.Peer.AskAsync(start), Does.Contain("\"ok\""));
    }

    [Test]
    public async Task C01_PlainStartPermission_NeverTakesInitArgumentsOrEnvironment()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(Permissions.Start);
        foreach (string start in new[]
        {
            """{"container":"hello:0.0.1","init":"/x","arguments":[],"environment":{}}""", """{"container":"hello:0.0.1","init":null,"arguments":[""],"environment":{}}""",
            """{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{"A":""}}""",
        })
        {
            Assert.That(await console.Peer.AskAsync("""{"request":{"start":""" + start + "}}"), Does.Contain("permission_denied"));
        }

        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    [Test]
    public async Task C01_ArgumentWithNul_ClosesAndNothingIsStarted()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync();
        Assert.That(
            await console.Peer.AskAsync("""{"request":{"start":{"container":"hello:0.0.1","init":null,"arguments":["a\u0000b"],"environment":{}}}}"""), Is.EqualTo("closed"));
        Assert.That(console.Runtime.Calls, Is.Empty);
    }

    private static ConsolePolicyRule Rule(string containers)
    {
        var rule = new ConsolePolicyRule { User = "*", Permissions = Permissions.Full };
        rule.Containers.Add(containers);
        return rule;
    }

    private static async Task<ConsoleFixture> AskedAsync(ConsolePolicyRule rule, bool subscribe = false)
    {
        var fixture = new ConsoleFixture(rule.Permissions, scope: ConsoleScope.Of(rule));
        string flag = subscribe ? "true" : "false";
        Assert.That(
            await fixture.Peer.AskAsync($$$"""{"connect":{"version":"0.9.3","subscribe_notifications":{{{flag}}},"extensions":true}}"""),
            Is.EqualTo(ConsoleFixture.ExtendedAck));
        return fixture;
    }
}
