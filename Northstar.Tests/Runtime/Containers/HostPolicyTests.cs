// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>What a host's policy grants to manifests.</summary>
internal sealed class HostPolicyTests
{
    private const string Base = "name: vendor-app\nversion: 1.0.0\ninit: /app\nuid: 1000\ngid: 1000\n";

    private static readonly (string Yaml, string Missing, Action<HostPolicyRule> Grant)[] s_privileges =
    [
        ("mounts: {/lib: {type: bind, host: /lib/x}}", "bind of /lib/x", static r => r.Binds.Add("/lib")),
        ("mounts: {/lib: {type: bind, host: /lib/x}}", "bind of /lib/x", static r => r.WritableBinds.Add("/lib/x")),
        ("mounts: {/lib: {type: bind, host: /lib, options: rw}}", "writable bind of /lib", static r => r.WritableBinds.Add("/")),
        ("network: host", "network host", static r => r.Networks.Add("host")),
        ("network: !namespace lan", "network lan", static r => r.Networks.Add("lan")),
        ("capabilities: [CAP_NET_ADMIN]", "CAP_NET_ADMIN", static r => r.Capabilities.Add(Capability.NetAdmin)),
        ("suppl_groups: [audio]", "group audio", static r => r.Groups.Add("audio")),
        ("cgroups: {parent: fast}", "cgroup parent fast", static r => r.CgroupParents.Add("fast")),
        ("console: {permissions: [kill]}", "console permissions kill", static r => r.Console = Permissions.Kill | Permissions.Ident),
        ("seccomp: {profile: default, allow: {mount: any}}", "seccomp rules", static r => r.Seccomp = true),
        ("seccomp: {}", "seccomp rules", static r => r.Seccomp = true),
        ("cgroups: {memory: {attrs: {memory.swappiness: 1}}}", "cgroup attributes", static r => r.CgroupAttributes = true),
        ("custom: {northstar: {devices: [{path: /dev/tty}]}}", "device rules", static r => r.Devices = true),
        ("selinux: {exec: a}", "SELinux contexts", static r => r.Selinux = true),
        ("sched: {policy: !fifo {priority: 5}}", "real-time scheduling", static r => r.Realtime = true),
        ("sched: {policy: !round_robin {priority: 5}}", "real-time scheduling", static r => r.Realtime = true),
        ("autostart: critical", "autostart critical", static r => r.Critical = true),
    ];

    [TestCaseSource(nameof(Privileges))]
    public void H10_Privilege_IsRefusedWithoutAGrantAndWorksWithOne(string yaml, string missing, Action<HostPolicyRule> grant)
    {
        HostPolicyRule rule = Ids();
        Assert.That(Missing(yaml, rule), Is.EqualTo(new[] { missing }));
        grant(rule);
        Assert.That(Missing(yaml, rule), Is.Empty);
    }

    [TestCaseSource(nameof(Privileges))]
    public void H10_WithoutAPolicy_EverythingIsGranted(string yaml, string missing, Action<HostPolicyRule> grant)
    {
        _ = (missing, grant);
        Assert.That(Missing(yaml), Is.Empty);
    }

    [Test]
    public void H10_PlainManifest_NeedsItsIdsAlone()
    {
        Assert.That(Missing("", new HostPolicyRule()), Is.EqualTo(new[] { "uid 1000", "gid 1000" }));
        Assert.That(Missing("", new HostPolicyRule { Uids = (1001, 2000), Gids = (1, 999) }), Is.EqualTo(new[] { "uid 1000", "gid 1000" }));
        Assert.That(Missing("seccomp: {profile: default}\nautostart: relaxed\nsched: {policy: idle}", Ids()), Is.Empty);
    }

    [TestCase("/lib", "/libexec/x", false)]
    [TestCase("/lib/", "/lib/x", true)]
    [TestCase("/lib/x", "/lib", false)]
    public void H10_Bind_IsGrantedByWholeComponents(string granted, string host, bool isGranted)
    {
        HostPolicyRule rule = Ids();
        rule.Binds.Add(granted);
        Assert.That(Missing($"mounts: {{/m: {{type: bind, host: {host}}}}}", rule).Length == 0, Is.EqualTo(isGranted));
    }

    [Test]
    public void H10_ReadOnlyGrant_DoesNotCoverAWritableBind()
    {
        HostPolicyRule rule = Ids();
        rule.Binds.Add("/");
        Assert.That(Missing("mounts: {/m: {type: bind, host: /srv, options: rw}}", rule), Is.EqualTo(new[] { "writable bind of /srv" }));
    }

    [TestCase("default", null, "vendor-*", true)]
    [TestCase("other", null, "vendor-*", false)]
    [TestCase(null, "key", "*", true)]
    [TestCase(null, "another", null, false)]
    [TestCase(null, null, "vendor", false)]
    [TestCase(null, null, "Vendor-app", false)]
    public void H10_Rule_IsAboutItsRepositoriesKeysAndNames(string? repository, string? key, string? name, bool fits)
    {
        HostPolicyRule rule = Ids();
        Add(rule.Repositories, repository);
        Add(rule.Keys, key);
        Add(rule.Names, name);
        Assert.That(Missing("", rule).Length == 0, Is.EqualTo(fits));

        static void Add(IList<string> list, string? text)
        {
            if (text is not null)
            {
                list.Add(text);
            }
        }
    }

    [Test]
    public void H10_Rules_AddUp()
    {
        var capability = new HostPolicyRule();
        capability.Capabilities.Add(Capability.Kill);
        Assert.That(Missing("capabilities: [CAP_KILL]", Ids(), capability), Is.Empty);
    }

    [TestCase("", false)]
    [TestCase("cgroups: {memory: {memory_hard_limit: 1001}}", false)]
    [TestCase("cgroups: {memory: {memory_hard_limit: -1}}", false)]
    [TestCase("cgroups: {memory: {memory_hard_limit: 1000}}", true)]
    public void H10_MemoryLimit_IsDemanded(string yaml, bool isGranted)
    {
        HostPolicyRule rule = Ids();
        rule.MaxMemoryBytes = 1000;
        Assert.That(Missing(yaml, rule).Length == 0, Is.EqualTo(isGranted));
    }

    [TestCase("", 1000UL, true)]
    [TestCase("", 1001UL, false)]
    [TestCase("cgroups: {memory: {memory_hard_limit: -1}}", 1000UL, false)]
    [TestCase("cgroups: {memory: {memory_hard_limit: 1001}}", 1000UL, false)]
    public void H10_MemoryLimit_IsTheDefaultWhereAManifestNamesNone(string yaml, ulong usual, bool isGranted)
    {
        HostPolicyRule rule = Ids();
        rule.MaxMemoryBytes = 1000;
        Assert.That(Missing(yaml, new RuntimeOptions { DefaultMemoryBytes = usual }, rule).Length == 0, Is.EqualTo(isGranted));
    }

    [Test]
    public void Of_EveryCapability_IsTheWordOfManifests() => Assert.That(
        Enum.GetValues<Capability>().Select(CapabilityNames.Of),
        Is.EquivalentTo(Enum.GetValues<Capability>().Select(static c => System.Text.RegularExpressions.Regex.Match(
            System.Text.Encoding.UTF8.GetString(ManifestWriter.WriteYaml(Read("") with { Capabilities = [c] })), "CAP_[A-Z_]+").Value)));

    private static IEnumerable<TestCaseData> Privileges() =>
        s_privileges.Select(static p => new TestCaseData(p.Yaml, p.Missing, p.Grant).SetArgDisplayNames(p.Yaml));

    private static HostPolicyRule Ids() => new() { Uids = (1000, 1000), Gids = (1, 65535) };

    private static Manifest Read(string yaml) => ManifestReader.Parse(System.Text.Encoding.UTF8.GetBytes(Base + yaml + "\n"));

    [TestCase("nofile: {soft: 10, hard: 100}", "")]
    [TestCase("nofile: {hard: 101}", "the raised limit nofile")]
    [TestCase("nofile: {soft: 10}", "the raised limit nofile")]
    [TestCase("core: {soft: 0, hard: 0}", "")]
    public void H56_LimitAboveTheDefault_NeedsAGrant(string limit, string missing)
    {
        var options = new RuntimeOptions();
        options.DefaultRlimits[RlimitResource.Nofile] = new Rlimit(50, 100);
        options.Policy["0"] = Ids();
        Manifest manifest = Read($"rlimits: {{{limit}}}");
        Assert.That(string.Join(", ", HostPolicy.FindMissing(options, manifest, "default", "key")), Is.EqualTo(missing));
        options.Policy["0"].Rlimits = true;
        Assert.That(HostPolicy.FindMissing(options, manifest, "default", "key"), Is.Empty);
    }

    [TestCase(1024u, 1024u, false)]
    [TestCase(1024u, 1025u, true)]
    [TestCase(1024u, 0u, true)]
    [TestCase(0u, 0u, false)]
    [TestCase(0u, 4_000_000u, false)]
    public void H10_H55_MoreProcessesThanTheDefault_NeedAGrant(uint usual, uint wanted, bool needs)
    {
        var options = new RuntimeOptions { DefaultPids = usual };
        options.Policy["0"] = Ids();
        Manifest manifest = Read($"custom: {{northstar: {{pids: {wanted}}}}}");
        Assert.That(HostPolicy.FindMissing(options, manifest, "default", "key"), needs ? Is.EqualTo(new[] { "the raised limit pids" }) : Is.Empty);
        options.Policy["0"].Rlimits = true;
        Assert.That(HostPolicy.FindMissing(options, manifest, "default", "key"), Is.Empty);
    }

    private static string[] Missing(string yaml, params HostPolicyRule[] rules) => Missing(yaml, new RuntimeOptions(), rules);

    private static string[] Missing(string yaml, RuntimeOptions options, params HostPolicyRule[] rules)
    {
        for (int i = 0; i < rules.Length; i++)
        {
            options.Policy[$"{i}"] = rules[i];
        }

        return [.. HostPolicy.FindMissing(options, Read(yaml), "default", "key")];
    }
}
