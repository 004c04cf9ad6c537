// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime;

namespace Northstar.Tests.Host;

/// <summary>The host's policy in the configuration.</summary>
internal sealed class PolicyConfigurationTests
{
    [Test]
    public void H10_Policy_EveryKeyHasItsMeaning()
    {
        string key = new('a', 64);
        HostPolicyRule rule = Configurations.Options(Configurations.Minimal + $"""
            [policy.vendor]
            repositories = ["r"]
            keys = ["{key}"]
            key_classes = ["vendor"]
            names = ["a-*"]
            binds = ["/lib"]
            writable_binds = ["/srv"]
            networks = ["host"]
            capabilities = ["CAP_KILL", "CAP_NET_ADMIN"]
            groups = ["audio"]
            cgroup_parents = ["fast"]
            uids = "1000-1999"
            gids = "7"
            console = ["ident", "kill"]
            seccomp = true
            cgroup_attrs = true
            devices = true
            selinux = true
            realtime = true
            critical = true
            max_memory = "10 MB"
            [policy.vendor.console_scope]
            containers = ["a-*"]
            environment = true
            start_init = true
            start_arguments = ["-v"]
            start_environment = ["LOG_*"]
            """).Policy["vendor"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rule.Repositories, Is.EqualTo(new[] { "r" }));
            Assert.That(rule.Keys, Is.EqualTo(new[] { key }));
            Assert.That(rule.KeyClasses, Is.EqualTo(new[] { "vendor" }));
            Assert.That(rule.Names, Is.EqualTo(new[] { "a-*" }));
            Assert.That(rule.Binds, Is.EqualTo(new[] { "/lib" }));
            Assert.That(rule.WritableBinds, Is.EqualTo(new[] { "/srv" }));
            Assert.That(rule.Networks, Is.EqualTo(new[] { "host" }));
            Assert.That(rule.Capabilities, Is.EqualTo(new[] { Capability.Kill, Capability.NetAdmin }));
            Assert.That(rule.Groups, Is.EqualTo(new[] { "audio" }));
            Assert.That(rule.CgroupParents, Is.EqualTo(new[] { "fast" }));
            Assert.That((rule.Uids, rule.Gids), Is.EqualTo((((ushort, ushort)?)(1000, 1999), ((ushort, ushort)?)(7, 7))));
            Assert.That(rule.Console, Is.EqualTo(Permissions.Ident | Permissions.Kill));
            ConsolePolicyRule scope = rule.ConsoleScope!;
            Assert.That((scope.Containers, scope.StartArguments, scope.StartEnvironment), Is.EqualTo((new[] { "a-*" }, new[] { "-v" }, new[] { "LOG_*" })));
            Assert.That((scope.ShowsEnvironment, scope.StartInit), Is.EqualTo((true, true)));
            Assert.That((rule.Seccomp, rule.CgroupAttributes, rule.Devices, rule.Selinux, rule.Realtime, rule.Critical), Is.EqualTo((true, true, true, true, true, true)));
            Assert.That(rule.MaxMemoryBytes, Is.EqualTo(10_000_000));
        }
    }

    [Test]
    public void H10_WithoutPolicy_ThereAreNoRules() => Assert.That(Configurations.Options(Configurations.Minimal).Policy, Is.Empty);

    [TestCase("[policy]", "policy has no rule")]
    [TestCase("[policy.x]\nuids = \"9-1\"", "policy.x.uids: '9-1' is no range of ids")]
    [TestCase("[policy.x]\nuids = \"1-2-3\"", "policy.x.uids: '1-2-3' is no range of ids")]
    [TestCase("[policy.x]\ngids = \"70000\"", "policy.x.gids: '70000' is no range of ids")]
    [TestCase("[policy.x]\ncapabilities = [\"CAP_KIL\"]", "policy.x.capabilities: 'CAP_KIL' is unknown; did you mean 'CAP_KILL'?")]
    [TestCase("[policy.x]\nkeys = [\"ab\"]", "policy.x.keys: 'ab' is no id of a key")]
    [TestCase("[policy.x]\nconsole = [\"al\"]", "policy.x.console: 'al' is unknown")]
    [TestCase("[policy.x]\nconsole_scope = { container = [] }", "unknown key policy.x.console_scope.container; did you mean 'containers'?")]
    [TestCase("[policy.x]\ncapability = []", "unknown key policy.x.capability; did you mean 'capabilities'?")]
    public void H10_WrongPolicy_IsAnErrorWithItsPlace(string text, string problem) =>
        Assert.That(Configurations.Problems(Configurations.Minimal + text), Has.One.Contains(problem));
}
