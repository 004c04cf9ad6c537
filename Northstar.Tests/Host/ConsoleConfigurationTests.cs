// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime;

namespace Northstar.Tests.Host;

/// <summary>Access to the console in the configuration.</summary>
internal sealed class ConsoleConfigurationTests
{
    private const string Tcp = Configurations.Minimal + "[console.global]\nbind = \"tcp://127.0.0.1\"\n";
    private const string Unix = Configurations.Minimal + "[console.global]\nbind = \"unix:///c\"\n";

    [Test]
    public void Console_EveryKeyOfAccess_HasItsMeaning()
    {
        RuntimeOptions options = Configurations.Options(Tcp + """
            tls = { certificate = "/c.pem", key = "/k.pem", client_ca = "/a.pem" }
            limits = { connections = 7, connections_per_uid = 3, requests_per_sec = 9, installs = 4, install_time = "1h", handshake = "2s", idle = "1m", write = "4s" }
            [[console.global.policy]]
            certificate = "ops-*"
            permissions = ["list", "start_command"]
            containers = ["app-*", "b"]
            environment = true
            start_init = true
            start_arguments = ["-v"]
            start_environment = ["LOG_*"]
            [[console.global.policy]]
            certificate = "*"
            permissions = "full"
            [console.limits]
            idle = "5s"
            write = "6s"
            [console.tokens]
            single_use = true
            bound = true
            """);
        GlobalConsoleOptions console = options.Console.Global!;
        ConsolePolicyRule rule = console.Policy[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((console.Tls!.CertificateFile, console.Tls.KeyFile, console.Tls.ClientCaFile), Is.EqualTo(("/c.pem", "/k.pem", "/a.pem")));
            Assert.That((console.MaxConnections, console.MaxConnectionsPerUid, console.MaxTotalRequestsPerSecond), Is.EqualTo((7u, 3u, 9u)));
            Assert.That(
                (console.HandshakeTimeout.TotalSeconds, console.Limits.IdleTimeout.TotalSeconds, console.Limits.WriteTimeout.TotalSeconds), Is.EqualTo((2d, 60d, 4d)));
            Assert.That((console.MaxInstalls, console.Limits.InstallTimeout.TotalHours), Is.EqualTo((4u, 1d)));
            Assert.That((options.Console.Limits.IdleTimeout.TotalSeconds, options.Console.Limits.WriteTimeout.TotalSeconds), Is.EqualTo((5d, 6d)));
            Assert.That((options.Console.SingleUseTokens, options.Console.BoundTokens), Is.EqualTo((true, true)));
            Assert.That(console.Policy, Has.Count.EqualTo(2));
            Assert.That(rule.Certificate, Is.EqualTo("ops-*"));
            Assert.That(rule.Permissions, Is.EqualTo(Permissions.List | Permissions.StartCommand));
            Assert.That(rule.Containers, Is.EqualTo(new[] { "app-*", "b" }));
            Assert.That((rule.ShowsEnvironment, rule.StartInit), Is.EqualTo((true, true)));
            Assert.That(rule.StartArguments, Is.EqualTo(new[] { "-v" }));
            Assert.That(rule.StartEnvironment, Is.EqualTo(new[] { "LOG_*" }));
            Assert.That(console.Policy[1].Permissions, Is.EqualTo(Permissions.Full));
        }
    }

    [Test]
    public void Policy_UsersAndGroups_AreNamesOrNumbers()
    {
        GlobalConsoleOptions console = Configurations.Options(Unix + """
            policy = [{ uid = 1000, gid = "audio", selinux = "*:client_t:*", permissions = ["ident"] }]
            """).Console.Global!;
        Assert.That((console.Policy[0].User, console.Policy[0].Group, console.Policy[0].Selinux), Is.EqualTo(("1000", "audio", "*:client_t:*")));
    }

    [TestCase(Unix + "policy = []", "console.global.policy has no rule, so that nobody could connect")]
    [TestCase(Unix + "permissions = \"full\"\npolicy = [{ uid = 1, permissions = \"full\" }]", "console.global.permissions has no meaning beside console.global.policy")]
    [TestCase(Unix + "policy = [{ permissions = \"full\" }]", "console.global.policy[0]: it says nothing about the peer")]
    [TestCase(Unix + "policy = [{ uid = 1 }]", "console.global.policy[0].permissions is missing")]
    [TestCase(Unix + "policy = [{ uid = 1, permissions = \"full\", user = 2 }]", "unknown key console.global.policy[0].user")]
    [TestCase(Unix + "policy = [{ uid = -1, permissions = \"full\" }]", "console.global.policy[0].uid: a string is needed, not an integer; write a name or a number")]
    [TestCase(Unix + "policy = [1]", "console.global.policy[0]: a table is needed, not an integer")]
    [TestCase(Unix + "policy = 1", "console.global.policy: a list of tables is needed, not an integer")]
    [TestCase(Unix + "policy = [{ certificate = \"x\", permissions = \"full\" }]", "console.global.policy[0].certificate: clients show certificates only with console.global.tls.client_ca")]
    [TestCase(Tcp + "policy = [{ uid = 1, permissions = \"full\" }]", "console.global.policy[0]: uid, gid and selinux are known for Unix sockets only")]
    [TestCase(Tcp + "tls = { certificate = \"/c\", key = \"/k\", client_ca = \"/a\" }\npolicy = [{ certificate = \"sha256:AB\", permissions = \"full\" }]",
        "console.global.policy[0].certificate: a fingerprint has 64 lower-case hex digits")]
    [TestCase(Unix + "permissions = \"full\"\ntls = { certificate = \"/c\", key = \"/k\" }", "console.global.tls: it is for tcp only")]
    [TestCase(Tcp + "permissions = \"full\"\ntls = { key = \"/k\" }", "console.global.tls.certificate is missing: the file of the server's certificate")]
    [TestCase(Unix + "permissions = \"full\"\nlimits = { idle = \"100d\" }", "console.global.limits.idle: 0 to 49 days are possible")]
    [TestCase(Unix + "permissions = \"full\"\nlimits = { connection = 1 }", "unknown key console.global.limits.connection; did you mean 'connections'?")]
    public void Access_OfNoUse_IsAnError(string text, string problem) =>
        Assert.That(
            () => Configurations.Options(text),
            Throws.InstanceOf<Exception>().With.Message.Contains(problem));
}
