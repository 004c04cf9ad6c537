// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>What is recorded for those who look after the security of a device.</summary>
public sealed class AuditTests
{
    private const string Canary = "canary-8c1f";
    private const string CanaryBase64 = "Y2FuYXJ5LThjMWY=";

    [Test]
    public async Task H79_Scenario_GivesTheGoldenSequenceAndNoSecret()
    {
        using var folder = new TestFolder();
        using var logs = new LogCapture();
        var runtime = new FakeRuntime();
        var options = new ConsoleOptions { Global = new GlobalConsoleOptions { Bind = $"unix://{folder["console"]}", Permissions = Permissions.Full & ~Permissions.Kill } };
        await using (var server = new ConsoleServer(runtime, options, logs))
        {
            await server.StartListeningAsync();
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(folder["console"]));
            using var peer = new ConsolePeerSocket(socket);
            Assert.That(await peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
            await peer.AskAsync("""{"request":"list"}""");
            await peer.SendAsync("""{"request":{"install":{"repository":"mem","size":4}}}""" + "\nabcd");
            await peer.ReadLineAsync();
            await peer.AskAsync($$$$$$"""{"request":{"start":{"container":"hello:0.0.1","init":null,"arguments":["{{{{{{Canary}}}}}}"],"environment":{"A":"{{{{{{Canary}}}}}}"}}}}""");
            runtime.Notifications.Publish(new Notification.Started(FakeRuntime.Hello));
            await peer.AskAsync("""{"request":{"kill":{"container":"hello:0.0.1","signal":9}}}""");
            string token = await peer.AskAsync($$$$$$"""{"request":{"token_create":{"target":"extern","shared":"{{{{{{CanaryBase64}}}}}}"}}}""");
            token = token.Split('"')[5];
            await peer.AskAsync($$$$$$"""{"request":{"token_verify":{"token":"{{{{{{token}}}}}}","user":"extern","shared":"{{{{{{CanaryBase64}}}}}}"}}}""");
            runtime.OnCall = static _ => throw RuntimeException.Busy(FakeRuntime.Hello);
            await peer.AskAsync("""{"request":{"uninstall":{"container":"hello:0.0.1","wipe":true}}}""");
            runtime.Notifications.Publish(new Notification.Corrupted(FakeRuntime.Hello, "block 7 does not match"));
            runtime.Notifications.Publish(new Notification.Exit(FakeRuntime.Hello, new ExitStatus.Signalled(9)));
            await peer.AskAsync("""{"request":"shutdown"}""");

            string who = $"pid {Environment.ProcessId} uid {Tool.Run("id", "-u").Output.Trim()}";
            string[] records = [.. logs.Records.Where(static r => r.Category == ConsoleAudit.LogCategory).Select(static r => $"{r.Event}: {r.Message}")];
            Assert.That(records, Is.EqualTo(new[]
            {
                $"RequestDone: {who} asked for install of repository mem: ok, hello:0.0.1",
                $"RequestDone: {who} asked for start_command of hello:0.0.1: ok",
                "AuditStarted: hello:0.0.1 started",
                $"PermissionDenied: Denied {who} the request kill of hello:0.0.1 signal 9, which needs the permission Kill for it",
                $"RequestDone: {who} asked for token_create of extern: ok",
                $"RequestDone: {who} asked for token_verify of extern: Ok",
                $"RequestDone: {who} asked for uninstall of hello:0.0.1 with its data: UmountBusy",
                "AuditCorrupted: hello:0.0.1 is corrupted: block 7 does not match",
                "AuditExited: hello:0.0.1 ended: signal 9",
                $"RequestDone: {who} asked for shutdown of the runtime: ok",
            }));
            Assert.That(logs.Records.Select(static r => r.Message), Has.None.Contains(Canary).And.None.Contains(CanaryBase64).And.None.Contains(token[11..]), "C12 (f) too");
        }
    }

    [Test]
    public async Task H79_HostileNames_AreEscaped()
    {
        using var logs = new LogCapture();
        var audit = new ConsoleAudit(logs.CreateLogger(ConsoleAudit.LogCategory), TimeProvider.System);
        audit.Denied("peer", new Request.Install("\u001b[2J\nfake record", 1));
        Assert.That((await logs.TakeAsync(static _ => true, ConsolePeerSocket.Deadline)).Message, Does.Contain("\\u001b[2J\\u000afake record"));
    }
}
