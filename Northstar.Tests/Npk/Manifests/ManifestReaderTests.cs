// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestReaderTests
{
    private const string Full = """
        name: full
        version: 0.0.0
        init: /binary
        args: [one, 2]
        env: {LD_LIBRARY_PATH: /lib, RATE: 1.50, ON: yes, EMPTY: , NOTHING: ~}
        uid: 1000
        gid: 1001
        sched: {policy: !other {nice: 10}}
        suppl_groups: [inet, log]
        capabilities: [CAP_SYS_TIME, CAP_NET_RAW, CAP_MKNOD]
        rlimits: {nproc: {soft: 100, hard: 1000}, core: {soft: 0}}
        mounts:
          /dev: {type: dev}
          /tmp: {size: 42, type: tmpfs}
          /lib: {type: bind, host: /lib, options: rw}
          /data: {type: persist}
          /here: {type: resource, name: res, version: '>=1.0.0', dir: /bin/foo, options: noexec}
        autostart: critical
        seccomp: {allow: {fork: any, waitpid: any}}
        sockets:
          a: {type: datagram, mode: 0o777, uid: 1, gid: 2, passcred: true}
          b: {type: stream, mode: 0}
          c: {type: seq_packet, mode: 0o640}
        cgroups:
          memory: {oom_monitor: true, memory_hard_limit: -1}
          cpu: {shares: 100, quota: -1, period: 0x10}
        network: !namespace lan0
        selinux: {mount_context: "system_u:object_r:container_file_t:s0"}
        io: {stdout: pipe, stderr: inherit}
        """;

    [Test]
    public void U020_Parse_FullManifest_FindsEveryValue()
    {
        Manifest m = ManifestText.Parse(Full);

        Assert.That(m.Id.ToString(), Is.EqualTo("full:0.0.0"));
        Assert.That((m.Init, m.Uid, m.Gid, m.Autostart), Is.EqualTo(("/binary", (ushort)1000, (ushort)1001, (Autostart?)Autostart.Critical)));
        Assert.That(m.Args, Is.EqualTo(new[] { "one", "2" }));
        Assert.That(m.Env, Is.EqualTo(new Dictionary<string, string>
        {
            ["EMPTY"] = "", ["LD_LIBRARY_PATH"] = "/lib", ["NOTHING"] = "~", ["ON"] = "yes", ["RATE"] = "1.50",
        }));
        Assert.That(m.Sched, Is.EqualTo(new SchedulingPolicy.Other(10)));
        Assert.That(m.SupplementaryGroups, Is.EqualTo(new[] { "inet", "log" }));
        Assert.That(m.Capabilities, Is.EqualTo(new[] { Capability.NetRaw, Capability.SysTime, Capability.Mknod }));
        Assert.That(m.Rlimits, Is.EqualTo(new Dictionary<RlimitResource, Rlimit>
        {
            [RlimitResource.Core] = new(0, null), [RlimitResource.Nproc] = new(100, 1000),
        }));
        Assert.That(m.Mounts, Is.EqualTo(new Dictionary<string, Mount>
        {
            ["/data"] = new Mount.Persist(),
            ["/dev"] = new Mount.Dev(),
            ["/here"] = new Mount.Resource(ContainerName.Parse("res"), VersionRequirement.Parse(">=1.0.0"), "/bin/foo", MountOptions.NoExec),
            ["/lib"] = new Mount.Bind("/lib", MountOptions.ReadWrite),
            ["/tmp"] = new Mount.Tmpfs(42),
        }));
        Assert.That(m.Seccomp!.UsesDefaultProfile, Is.False);
        Assert.That(m.Seccomp.Allow!.Keys, Is.EqualTo(new[] { "fork", "waitpid" }));
        Assert.That(m.Sockets, Is.EqualTo(new Dictionary<string, ContainerSocket>
        {
            ["a"] = new(SocketKind.Datagram, 0x1FF, 1, 2, true), ["b"] = new(SocketKind.Stream, 0, null, null, null),
            ["c"] = new(SocketKind.SeqPacket, 416, null, null, null),
        }));
        Assert.That((m.Cgroups!.Memory!.OomMonitor, m.Cgroups.Memory.HardLimit), Is.EqualTo((true, (long?)-1)));
        Assert.That((m.Cgroups.Cpu!.Shares, m.Cgroups.Cpu.Quota, m.Cgroups.Cpu.Period), Is.EqualTo(((ulong?)100, (long?)-1, (ulong?)16)));
        Assert.That(m.Network, Is.EqualTo(new Network.Namespace("lan0")));
        Assert.That(m.Selinux, Is.EqualTo(new Selinux("system_u:object_r:container_file_t:s0", null)));
        Assert.That(m.Io, Is.EqualTo(new StandardStreams(OutputMode.Pipe, OutputMode.Inherit)));
        Assert.That(m.Console, Is.Null);
    }

    [Test]
    public void Parse_Blank_MeansAbsentOrEmpty()
    {
        Manifest m = ManifestText.Parse(
            "name: a\nversion: 0.0.0\nuid: 1\ngid: 1\ninit: ~\nargs:\nenv:\nmounts:\nio: null\nconsole:\ncustom: ~\nselinux: {exec: ~}\nrlimits: {as: {soft: , hard: 1}}");

        Assert.That(m.IsResource);
        Assert.That((m.Io, m.Console, m.Custom), Is.EqualTo(((StandardStreams?)null, (Permissions?)null, (JsonElement?)null)));
        Assert.That(m.Selinux, Is.EqualTo(new Selinux(null, null)));
        Assert.That(m.Rlimits[RlimitResource.As], Is.EqualTo(new Rlimit(null, 1)));
    }

    [TestCase("full", Permissions.Full, TestName = "U050_{m}{a}")]
    [TestCase("' full '", Permissions.Full)]
    [TestCase("[ident, list]", Permissions.Ident | Permissions.List, TestName = "U052_{m}{a}")]
    [TestCase("[ident, ident]", Permissions.Ident)]
    [TestCase("[]", Permissions.None)]
    public void Parse_Console_HasItsPermissions(string permissions, Permissions expected) =>
        Assert.That(ManifestText.With($"console: {{permissions: {permissions}}}").Console, Is.EqualTo(expected));

    [Test]
    public void U051_Parse_NoConsole_IsAbsent() => Assert.That(ManifestText.With("").Console, Is.Null);

    private static IEnumerable<TestCaseData> Policies()
    {
        yield return new TestCaseData("!other {nice: 0}", new SchedulingPolicy.Other(0)).SetName("U053_{m}{a}");
        yield return new TestCaseData("!other {nice: 10}", new SchedulingPolicy.Other(10)).SetName("U054_{m}{a}");
        yield return new TestCaseData("!batch {nice: -20}", new SchedulingPolicy.Batch(-20));
        yield return new TestCaseData("!fifo {priority: 10}", new SchedulingPolicy.Fifo(10)).SetName("U057_{m}{a}");
        yield return new TestCaseData("!round_robin {priority: 99}", new SchedulingPolicy.RoundRobin(99)).SetName("U061_{m}{a}");
        yield return new TestCaseData("idle", new SchedulingPolicy.Idle());
        yield return new TestCaseData("!idle ", new SchedulingPolicy.Idle());
    }

    [TestCaseSource(nameof(Policies))]
    public void Parse_Policy_HasItsValue(string yaml, SchedulingPolicy policy) =>
        Assert.That(ManifestText.With($"sched: {{policy: {yaml}}}").Sched, Is.EqualTo(policy));

    [Test]
    public void Parse_DuplicateKeysOfMaps_LastOneWinsWithAWarning()
    {
        ManifestReadResult result = ManifestText.Read(ManifestText.Base + "env: {A: b, A: c}\ncustom: {x: 1, x: 2}\n");

        Assert.That(result.Manifest!.Env["A"], Is.EqualTo("c"));
        Assert.That(result.Manifest.Custom!.Value.GetRawText(), Is.EqualTo("""{"x":2}"""));
        Assert.That(result.Diagnostics.Select(d => d.Rule), Is.EqualTo(new[] { "P03", "P03" }));
    }

    [TestCase("cgroups: {cpu: {share: 5}}")]
    [TestCase("sched: {policy: idle, extra: 1}")]
    [TestCase("rlimits: {core: {max: 1}}")]
    [TestCase("mounts: {/x: {type: proc, size: 1}}")]
    public void Parse_UnknownKeyWhereTheFormatIsLax_IsIgnoredWithAWarning(string yaml)
    {
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml), Is.Empty);
        Assert.That(ManifestText.Warnings(ManifestText.Base + yaml), Is.EqualTo(["P02"]));
    }

    [TestCase("{1: a, ~: b, true: c}", """{"1":"a","true":"c","~":"b"}""")]
    [TestCase("[1, 0x10, -1, 18446744073709551615, 1.50, 1e3, '2', yes, True, ~, .inf, .nan, 0644]",
        """[1,16,-1,18446744073709551615,1.5,1000.0,"2","yes",true,null,null,null,"0644"]""")]
    [TestCase("\"a\\0b\"", "\"a\\u0000b\"")]
    [TestCase("{b: {d: 1, c: 2}, a: [{}, []]}", """{"a":[{},[]],"b":{"c":2,"d":1}}""")]
    [TestCase("{ﬀ: 1, 😀: 2}", """{"ﬀ":1,"😀":2}""")]
    public void Parse_Custom_BecomesJson(string yaml, string json)
    {
        string actual = ManifestText.With("custom: " + yaml).Custom!.Value.GetRawText();

        using JsonDocument expected = JsonDocument.Parse(json);
        using JsonDocument parsed = JsonDocument.Parse(actual);
        Assert.That(JsonElement.DeepEquals(parsed.RootElement, expected.RootElement), actual);
    }

    [TestCase("{\"name\": 1}", ManifestSyntax.Json)]
    [TestCase("\uFEFF \n {\"name\": 1}", ManifestSyntax.Json)]
    [TestCase("# a\n\nname = 1", ManifestSyntax.Toml)]
    [TestCase("[mounts]\n", ManifestSyntax.Toml)]
    [TestCase("\"a:b\" = \"c: d\"", ManifestSyntax.Toml)]
    [TestCase("a . 'b' = 1", ManifestSyntax.Toml)]
    [TestCase("name: a = b", ManifestSyntax.Yaml)]
    [TestCase("\"name\": \"a\"", ManifestSyntax.Yaml)]
    [TestCase("---\nname: a", ManifestSyntax.Yaml)]
    [TestCase("nonsense", ManifestSyntax.Yaml)]
    public void Read_Syntax_IsChosenByTheLookOfTheText(string text, ManifestSyntax syntax)
    {
        ManifestReadResult result = ManifestText.Read(text);

        Assert.That(result.Syntax, Is.EqualTo(syntax));
        Assert.That(result.Manifest, Is.Null);
    }

    [Test]
    public void Read_Toml_TakesWhatTheFormatHasForIt()
    {
        const string toml = """
            name = "t"
            version = "1.0.0"
            uid = 1
            gid = 0x1
            init = "/b"
            network.namespace = "lan0"
            [sched.policy.other]
            nice = 5
            [mounts]
            "/tmp" = { type = "tmpfs", size = 100 }
            [seccomp.allow.keyctl.args]
            index = 0
            values = [11]
            [custom]
            when = 2024-02-29T00:00:00Z
            float = 1e3
            """;

        Manifest m = ManifestText.Parse(toml);

        Assert.That(m.Sched, Is.EqualTo(new SchedulingPolicy.Other(5)));
        Assert.That(m.Network, Is.EqualTo(new Network.Namespace("lan0")));
        Assert.That(m.Mounts["/tmp"], Is.EqualTo(new Mount.Tmpfs(100)));
        Assert.That(((SeccompRule.Args)m.Seccomp!.Allow!["keyctl"]).Values, Is.EqualTo(new ulong[] { 11 }));
        Assert.That(m.Custom!.Value.GetRawText(), Is.EqualTo("""{"float":1000.0,"when":{"$__toml_private_datetime":"2024-02-29T00:00:00Z"}}"""));
    }

    [TestCase("uid = 1.0", "P07")]
    [TestCase("uid = \"1\"", "P07")]
    [TestCase("uid = 1979-05-27", "P07")]
    [TestCase("uid = 1\nargs = [1]", "P00")]
    [TestCase("uid = 1\n[env]\nA = 1", "P00")]
    [TestCase("uid = 1\nmounts = { \"/x\" = [\"proc\"] }", "P10")]
    public void Read_TomlOfTheWrongType_IsRefused(string toml, string rule) =>
        Assert.That(ManifestText.Errors($"name = \"t\"\nversion = \"1.0.0\"\ninit = \"/b\"\ngid = 1\n{toml}"), Is.EqualTo([rule]));
}
