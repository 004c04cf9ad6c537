// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Who may connect to a listener, and how many.</summary>
public sealed class AccessTests
{
    private static readonly string s_uid = HostIds.Current("-u");
    private static readonly string s_otherUid = s_uid == "65534" ? "65533" : "65534";

    private TestFolder _folder = null!;
    private FakeRuntime _runtime = null!;
    private ManualTimeProvider _time = null!;
    private LogCapture _logs = null!;

    [SetUp]
    public void SetUp() => (_folder, _runtime, _time, _logs) = (new TestFolder(), new FakeRuntime(), new ManualTimeProvider(), new LogCapture());

    [TearDown]
    public void TearDown()
    {
        _folder.Dispose();
        _logs.Dispose();
    }

    [Test]
    public async Task C08_PolicyForAnotherUid_ClosesBeforeAnyReplyAndIsAudited()
    {
        await using ConsoleServer server = await StartAsync(o => o.Policy.Add(new ConsolePolicyRule { User = s_otherUid, Permissions = Permissions.Full }));
        using ConsolePeerSocket peer = Connect();
        await TrySendAsync(peer, ConsoleFixture.Connect);
        Assert.That(await peer.ReadLineAsync(), Is.Null);
        LogCapture.Record record = await _logs.TakeAsync(static r => r.Event == "ClientRefused", ConsolePeerSocket.Deadline);
        Assert.That(record.Category, Is.EqualTo(ConsoleAudit.LogCategory));
        Assert.That(record.Message, Does.Contain($"uid {s_uid}").And.Contain("no rule"));
    }

    [Test]
    public async Task C08_Policy_TheFirstRuleThatFits_GivesThePermissions()
    {
        await using ConsoleServer server = await StartAsync(o =>
        {
            o.Policy.Add(new ConsolePolicyRule { User = s_otherUid, Permissions = Permissions.Full });
            o.Policy.Add(new ConsolePolicyRule { User = s_uid, Group = HostIds.Current("-g"), Permissions = Permissions.Ident });
            o.Policy.Add(new ConsolePolicyRule { User = ConsolePolicyRule.Any, Permissions = Permissions.Full });
        });
        using ConsolePeerSocket peer = Connect();
        Assert.That(await peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
        Assert.That(await peer.AskAsync("""{"request":"list"}"""), Is.EqualTo("""{"response":{"permission_denied":"list"}}"""));
    }

    [Test]
    public void C08_Policy_EveryPartOfARuleHasToFit()
    {
        ConsolePolicy policy = ConsolePolicy.Create(new GlobalConsoleOptions
        {
            Policy =
            {
                new ConsolePolicyRule { User = "7", Group = "8", Selinux = "*:client_t:*", Permissions = Permissions.Kill },
                new ConsolePolicyRule { Selinux = "*:reader_t:s0", Permissions = Permissions.List },
                new ConsolePolicyRule { Group = "9", Permissions = Permissions.Ident },
            },
        });
        Assert.That(Find(new PeerFacts("p", 1, 7, [1, 8], "u:r:client_t:s0")), Is.EqualTo(Permissions.Kill));
        Assert.That(Find(new PeerFacts("p", 1, 6, [8], "u:r:client_t:s0")), Is.Null, "another user");
        Assert.That(Find(new PeerFacts("p", 1, 7, [1], "u:r:client_t:s0")), Is.Null, "another group");
        Assert.That(Find(new PeerFacts("p", 1, 7, [8], "u:r:other_t:s0")), Is.Null, "another context");
        Assert.That(Find(new PeerFacts("p", 1, 7, [8])), Is.Null, "no context");
        Assert.That(Find(new PeerFacts("p", 1, 5, [5], "u:r:reader_t:s0")), Is.EqualTo(Permissions.List));
        Assert.That(Find(new PeerFacts("p", 1, 5, [3, 9])), Is.EqualTo(Permissions.Ident), "a supplementary group");
        Assert.That(Find(new PeerFacts("tcp")), Is.Null, "nothing is known of it");

        Permissions? Find(PeerFacts peer) => policy.Find(peer)?.Permissions;
    }

    [Test]
    public void C08_Policy_UserThatTheHostDoesNotKnow_IsAnErrorThatNamesTheKey() =>
        Assert.That(
            async () => await StartAsync(static o => o.Policy.Add(new ConsolePolicyRule { User = "no such user" })),
            Throws.TypeOf<RuntimeException>().With.Message.Contains("console.global.policy[0].uid").And.Message.Contains("no such user"));

    [TestCase(true)]
    [TestCase(null)]
    public async Task C08_PeerInAContainerOrUnknown_IsRefused(bool? isManaged)
    {
        int asked = 0;
        await using ConsoleServer server = await StartAsync(isManaged: pid =>
        {
            asked = pid;
            return isManaged;
        });
        using ConsolePeerSocket peer = Connect();
        await TrySendAsync(peer, ConsoleFixture.Connect);
        Assert.That(await peer.ReadLineAsync(), Is.Null);
        Assert.That(asked, Is.EqualTo(Environment.ProcessId));
        Assert.That((await _logs.TakeAsync(static r => r.Event == "ClientRefused", ConsolePeerSocket.Deadline)).Message, Does.Contain("container"));
    }

    [Test]
    public async Task C08_PeerOutsideOfContainers_IsServed()
    {
        await using ConsoleServer server = await StartAsync(isManaged: static _ => false);
        using ConsolePeerSocket peer = Connect();
        Assert.That(await peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
    }

    [Test]
    public async Task H71_Connections_BeyondTheLimit_AreClosedAndThePlacesComeBack([Values] bool perUid)
    {
        await using ConsoleServer server = await StartAsync(o => (o.MaxConnections, o.MaxConnectionsPerUid) = perUid ? (0u, 2u) : (2u, 0u));
        ConsolePeerSocket first = Connect();
        using ConsolePeerSocket second = Connect();
        Assert.That(await first.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await second.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        using (ConsolePeerSocket third = Connect())
        {
            await TrySendAsync(third, ConsoleFixture.Connect);
            Assert.That(await third.ReadLineAsync(), Is.Null);
        }

        Assert.That(await second.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer), "those inside are served");
        first.Dispose();
        Assert.That(async () => await IsServedAsync(), Is.True.After(10_000, 10));
        Assert.That((await _logs.TakeAsync(static r => r.Event == "ClientRefused", ConsolePeerSocket.Deadline)).Message, Does.Contain("limit"));
    }

    [Test]
    public async Task H71_FiveThousandConnects_LeaveTheListenerAlive()
    {
        await using ConsoleServer server = await StartAsync(static o => o.MaxConnections = 100);
        using ConsolePeerSocket first = Connect();
        Assert.That(await first.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        var held = new List<ConsolePeerSocket>();
        for (int i = 0; i < 5000; i++)
        {
            held.Add(Connect());
            if (held.Count > 200)
            {
                held[0].Dispose();
                held.RemoveAt(0);
            }
        }

        Assert.That(await first.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
        held.ForEach(static peer => peer.Dispose());
        Assert.That(async () => await IsServedAsync(), Is.True.After(10_000, 10));
        Assert.That(_logs.Records.Count(static r => r.Event == "ClientRefused"), Is.EqualTo(1), "a flood of connections is no flood of records");
    }

    [Test]
    public async Task H71_Idle_ClosesThoseWhoAskNothingAndNoSubscriber()
    {
        TimeSpan idle = TimeSpan.FromSeconds(30);
        await using ConsoleServer server = await StartAsync(o => o.Limits.IdleTimeout = idle);
        using ConsolePeerSocket subscriber = Connect();
        Assert.That(await subscriber.AskAsync(ConsoleFixture.Subscribe), Is.EqualTo(ConsoleFixture.Ack));
        using ConsolePeerSocket silent = Connect();
        Assert.That(await silent.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        await _time.TimerAsync(idle);
        _time.Advance(idle);
        Assert.That(await silent.ReadLineAsync(), Is.Null);
        Assert.That(await subscriber.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task H71_Handshake_HasTheConfiguredLimit()
    {
        await using ConsoleServer server = await StartAsync(static o => o.HandshakeTimeout = TimeSpan.FromSeconds(3));
        using ConsolePeerSocket silent = Connect();
        await _time.TimerAsync(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(await silent.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task H71_RateOfAllConnectionsTogether_IsShared()
    {
        await using ConsoleServer server = await StartAsync(static o => o.MaxTotalRequestsPerSecond = 3);
        using ConsolePeerSocket first = Connect();
        using ConsolePeerSocket second = Connect();
        Assert.That(await first.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await second.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await first.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
        Task<string> fourth = second.AskAsync(ConsoleFixture.Ident);
        await _time.TimerAsync(TimeSpan.FromSeconds(1));
        Assert.That(fourth.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await fourth, Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task H72_Installs_BeyondTheLimit_WaitAndComeLater()
    {
        await using ConsoleServer server = await StartAsync(static o => o.MaxInstalls = 1);
        using ConsolePeerSocket slow = Connect();
        using ConsolePeerSocket second = Connect();
        Assert.That(await slow.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await second.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        await slow.SendAsync("""{"request":{"install":{"repository":"mem","size":4}}}""" + "\nab");
        Assert.That(() => _runtime.Calls.Length == 1, Is.True.After(5000, 10));
        await second.SendAsync("""{"request":{"install":{"repository":"mem","size":2}}}""" + "\nxy");
        using ConsolePeerSocket other = Connect();
        Assert.That(await other.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await other.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer), "others are served");
        Assert.That(_runtime.Calls, Has.Length.EqualTo(1), "the second one has not begun");
        await slow.SendAsync("cd");
        Assert.That(await slow.ReadLineAsync(), Does.Contain("\"ok\""));
        Assert.That(await second.ReadLineAsync(), Does.Contain("\"ok\""));
    }

    [Test]
    public async Task H72_Install_ThatTrickles_EndsAtItsDeadlineAndFreesItsPlace()
    {
        TimeSpan most = TimeSpan.FromMinutes(5);
        await using ConsoleServer server = await StartAsync(o => (o.MaxInstalls, o.Limits.InstallTimeout) = (1, most));
        using ConsolePeerSocket slow = Connect();
        Assert.That(await slow.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        await slow.SendAsync("""{"request":{"install":{"repository":"mem","size":100}}}""" + "\nab");
        await _time.TimerAsync(most);
        _time.Advance(most);
        Assert.That(await slow.ReadLineAsync(), Is.Null);
        using ConsolePeerSocket second = Connect();
        Assert.That(await second.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        await second.SendAsync("""{"request":{"install":{"repository":"mem","size":2}}}""" + "\nxy");
        Assert.That(await second.ReadLineAsync(), Does.Contain("\"ok\""));
    }

    private async Task<ConsoleServer> StartAsync(Action<GlobalConsoleOptions>? configure = null, Func<int, bool?>? isManaged = null)
    {
        var options = new ConsoleOptions { Global = new GlobalConsoleOptions { Bind = $"unix://{_folder["console"]}", Permissions = Permissions.Full } };
        configure?.Invoke(options.Global);
        var server = new ConsoleServer(_runtime, options, _logs, _time, isManaged);
        await server.StartListeningAsync();
        return server;
    }

    private ConsolePeerSocket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_folder["console"]));
        return new ConsolePeerSocket(socket);
    }

    private async Task<bool> IsServedAsync()
    {
        using ConsolePeerSocket peer = Connect();
        await TrySendAsync(peer, ConsoleFixture.Connect);
        return await peer.ReadLineAsync() == ConsoleFixture.Ack;
    }

    private static async Task TrySendAsync(ConsolePeerSocket peer, string line)
    {
        try
        {
            await peer.SendLineAsync(line);
        }
        catch (SocketException)
        {
            // Closed already; the answer tells.
        }
    }

    /// <summary>Asks <c>id</c>, as a person would.</summary>
    private static class HostIds
    {
        internal static string Current(string option) => Tool.Run("id", option).Output.Trim();
    }
}
