// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Every request needs exactly one permission; without it the request comes back and nothing happens.</summary>
public sealed class PermissionTests
{
    private const string Token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw==";

    private static readonly (Permissions Permission, string Request, string Answer)[] s_requests =
    [
        (Permissions.Ident, "\"ident\"", """{"ident":"extern:0.0.0"}"""),
        (Permissions.List, "\"list\"", """{"list":["hello:0.0.1"]}"""),
        (Permissions.Repositories, "\"repositories\"", """{"repositories":["mem"]}"""),
        (Permissions.Shutdown, "\"shutdown\"", "\"shutdown\""),
        (Permissions.Inspect, """{"inspect":{"container":"hello:0.0.1"}}""", """{"inspect":{"ok":{"container":"hello:0.0.1","data":{"""),
        (Permissions.Install, """{"install":{"repository":"mem","size":0}}""", """{"install":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.Kill, """{"kill":{"container":"hello:0.0.1","signal":15}}""", """{"kill":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.Mount, """{"mount":{"containers":["hello:0.0.1","b:0.0.1"]}}""",
            """{"mount":[{"ok":{"container":"hello:0.0.1"}},{"error":{"container":"b:0.0.1","error":{"invalid_container":{"container":"b:0.0.1"}}}}]}"""),
        (Permissions.Umount, """{"umount":{"containers":["b:0.0.1","hello:0.0.1"]}}""",
            """{"umount":[{"error":{"container":"b:0.0.1","error":{"umount_busy":{"container":"b:0.0.1"}}}},{"ok":{"container":"hello:0.0.1"}}]}"""),
        (Permissions.Start, """{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{}}}""",
            """{"start":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.StartCommand, """{"start":{"container":"hello:0.0.1","init":"/bin/a","arguments":[],"environment":{}}}""",
            """{"start":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.StartCommand, """{"start":{"container":"hello:0.0.1","init":null,"arguments":["-v"],"environment":{}}}""",
            """{"start":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.StartCommand, """{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{"A":"b"}}}""",
            """{"start":{"ok":{"container":"hello:0.0.1"}}}"""),
        (Permissions.TokenCreate, """{"token_create":{"target":"server","shared":""}}""", """{"token":"""),
        (Permissions.TokenVerification, $$$"""{"token_verify":{"token":"{{{Token}}}","user":"client","shared":""}}""",
            """{"token_verification":"Future"}"""),
        (Permissions.Uninstall, """{"uninstall":{"container":"hello:0.0.1","wipe":true}}""", """{"uninstall":{"ok":{"container":"hello:0.0.1"}}}"""),
    ];

    private static readonly Permissions[] s_all = [.. Enumerable.Range(0, 15).Select(static i => (Permissions)(1 << i))];

    [Test]
    public async Task T220_Connection_WithOnePermission_MayDoThatAlone([ValueSource(nameof(s_all))] Permissions permission)
    {
        foreach ((Permissions needed, string request, string answer) in s_requests)
        {
            await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(permission);
            string response = await console.Peer.AskAsync("{\"request\":" + request + "}");
            if (needed == permission)
            {
                Assert.That(response, Does.StartWith("{\"response\":" + answer));
            }
            else
            {
                Assert.That(response, Is.EqualTo("{\"response\":{\"permission_denied\":" + request + "}}"));
                Assert.That(console.Runtime.Calls, Is.Empty);
                Assert.That(console.Runtime.ShutdownRequested.Task.IsCompleted, Is.False);
            }
        }
    }

    [Test]
    public void Requests_OfTheTable_CoverEveryPermissionOfARequest() =>
        Assert.That(s_requests.Select(static r => r.Permission).Append(Permissions.Notifications).Distinct(), Is.EquivalentTo(s_all));

    [TestCase(Permissions.Start, true)]
    [TestCase(Permissions.StartCommand, false)]
    public async Task T221_StartAndStartCommand_DoNotIncludeEachOther(Permissions permission, bool plain)
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(permission);
        Assert.That(
            await console.Peer.AskAsync("""{"request":{"start":{"container":"hello:0.0.1","init":null,"arguments":[],"environment":{}}}}"""),
            Does.Contain(plain ? "\"ok\"" : "permission_denied"));
        foreach (string parts in new[] { """ "init":"","arguments":[],"environment":{} """, """ "arguments":["a"],"environment":{} """, """ "arguments":[],"environment":{"A":"b"} """ })
        {
            Assert.That(
                await console.Peer.AskAsync("""{"request":{"start":{"container":"hello:0.0.1",""" + parts + "}}}"), Does.Contain(plain ? "permission_denied" : "\"ok\""));
        }
    }

    [TestCase("sixteen", Description = "no such permission")]
    public void Permission_Unknown_IsNone(string name) => Assert.That(PermissionNames.TryParse(name, out _), Is.False);

    [Test]
    public async Task Denied_Request_KeepsTheConnection()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(Permissions.Ident);
        Assert.That(await console.Peer.AskAsync("""{"request":"list"}"""), Is.EqualTo("""{"response":{"permission_denied":"list"}}"""));
        Assert.That(await console.Peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task T223_DeniedInstall_LeavesItsBytesToTheNextLine()
    {
        await using ConsoleFixture console = await ConsoleFixture.ConnectedAsync(Permissions.Ident);
        await console.Peer.SendAsync(
            """{"request":{"install":{"repository":"mem","size":999999999999}}}""" + "\n" + ConsoleFixture.Ident + "\nPK\n");
        Assert.That(
            await console.Peer.ReadLineAsync(),
            Is.EqualTo("""{"response":{"permission_denied":{"install":{"repository":"mem","size":999999999999}}}}"""));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
        Assert.That(await console.Peer.ReadLineAsync(), Is.Null);
    }
}
