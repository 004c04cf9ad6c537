// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestRuleTests
{
    /// <summary>Complete manifests that lack or spoil something of the base.</summary>
    [TestCase("version: 0.0.0\nuid: 1\ngid: 1", "P01")]
    [TestCase("name: a\nuid: 1\ngid: 1", "P01")]
    [TestCase("name: a\nversion: 0.0.0\ngid: 1", "P01")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1", "P01")]
    [TestCase("name: \"a/b\"\nversion: 0.0.0\nuid: 1\ngid: 1", "P05")]
    [TestCase("name:\nversion: 0.0.0\nuid: 1\ngid: 1", "P05")]
    [TestCase("name: ~\nversion: 0.0.0\nuid: 1\ngid: 1", "P05")]
    [TestCase("name: ..\nversion: 0.0.0\nuid: 1\ngid: 1", "H08")]
    [TestCase("name: a\nversion: 1.0\nuid: 1\ngid: 1", "P06")]
    [TestCase("name: a\nversion: v1.0.0\nuid: 1\ngid: 1", "P06")]
    [TestCase("name: a\nversion: 01.0.0\nuid: 1\ngid: 1", "P06")]
    [TestCase("name: a\nversion: 1.0.0-01\nuid: 1\ngid: 1", "P06")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 0\ngid: 1", "V06", TestName = "U023_{m}{a}")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 0", "V07", TestName = "U024_{m}{a}")]
    [TestCase("name: a\nversion: 0.0.0\nuid: \"1000\"\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 65536\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid: -1\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1.0\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 0010\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid:\ngid: 1", "P07")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nargs: [x]", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nenv: {A: b}", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nautostart: relaxed", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\ncgroups: {}", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nseccomp: {}", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\ncapabilities: [CAP_KILL]", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nsuppl_groups: [g]", "V22")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nio: {stdout: pipe, stderr: pipe}", "V22")]
    public void Read_WholeManifest_IsRefusedByItsRule(string text, string rule) => Assert.That(ManifestText.Errors(text), Is.EqualTo([rule]));

    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nargs: []\nenv: {}\ncapabilities:\nsuppl_groups: []\nautostart: ~")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nconsole: {permissions: full}\nnetwork: host\nrlimits: {core: {}}\nsched: {policy: idle}")]
    [TestCase("name: a\nversion: 0.0.0\nuid: 1\ngid: 1\nmounts: {/proc: {type: proc}}\ncustom: 1\nselinux: {exec: a}\nsockets: {s: {type: stream, mode: 0}}")]
    public void Read_ResourceWithWhatItMayHave_IsAccepted(string text) => Assert.That(ManifestText.Errors(text), Is.Empty);

    [TestCase("init: /other", "P03")]
    [TestCase("uid: 2", "P03")]
    [TestCase("foo: 1", "P02", TestName = "U043_{m}{a}")]
    [TestCase("arch: x", "P02")]
    [TestCase("<<: {a: b}", "H07")]
    [TestCase("args: {a: b}", "P00")]
    [TestCase("args: ~", "P00")]
    [TestCase("args: [[a]]", "P00")]
    [TestCase("args: [\"a\\0b\"]", "P04")]
    [TestCase("env: {A: [b]}", "P00")]
    [TestCase("env: {NORTHSTAR_CONSOLE: x}", "V05", TestName = "U041_{m}{a}")]
    [TestCase("env: {NORTHSTAR_NAME: x}", "V05", TestName = "U041_{m}{a}")]
    [TestCase("env: {NORTHSTAR_CONTAINER: x}", "V05", TestName = "U041_{m}{a}")]
    [TestCase("env: {NORTHSTAR_VERSION: x}", "V05", TestName = "U041_{m}{a}")]
    [TestCase("env: {\"\": x}", "H09")]
    [TestCase("env: {A=B: x}", "H09")]
    [TestCase("env: {\"A\\0\": x}", "P04")]
    [TestCase("console: full", "P08")]
    [TestCase("console: {}", "P08")]
    [TestCase("console: {permissions: fill}", "P08", TestName = "U052_{m}{a}")]
    [TestCase("console: {permissions: [ident, fly]}", "P08")]
    [TestCase("console: {permissions: full, more: 1}", "P02")]
    [TestCase("sched: {}", "P09")]
    [TestCase("sched: {policy: fast}", "P09")]
    [TestCase("sched: {policy: other}", "P09")]
    [TestCase("sched: {policy: !other {}}", "P09")]
    [TestCase("sched: {policy: {other: {nice: 5}}}", "P09")]
    [TestCase("sched: {policy: !other {nice: 128}}", "P09")]
    [TestCase("sched: {policy: !idle {nice: 1}}", "P09")]
    [TestCase("sched: {policy: !fifo {priority: -1}}", "P09")]
    [TestCase("sched: {policy: !other {nice: 55}}", "V08", TestName = "U055_{m}{a}")]
    [TestCase("sched: {policy: !other {nice: -40}}", "V08", TestName = "U056_{m}{a}")]
    [TestCase("sched: {policy: !batch {nice: 20}}", "V08")]
    [TestCase("sched: {policy: !fifo {priority: 0}}", "V09", TestName = "U058_{m}{a}")]
    [TestCase("sched: {policy: !fifo {priority: 200}}", "V09", TestName = "U059_{m}{a}")]
    [TestCase("sched: {policy: !round_robin {priority: 0}}", "V10", TestName = "U060_{m}{a}")]
    [TestCase("sched: {policy: !round_robin {priority: 200}}", "V10", TestName = "U061_{m}{a}")]
    [TestCase("sched: {policy: !deadline {runtime: 1}}", "P09")]
    [TestCase("autostart: later", "P14")]
    [TestCase("autostart: [relaxed]", "P14")]
    [TestCase("network: none", "P14")]
    [TestCase("network: !host x", "P14")]
    [TestCase("network: !namespace ''", "H09")]
    [TestCase("network: !namespace ..", "H09")]
    [TestCase("network: !namespace a/b", "H09")]
    [TestCase("network: {namespace: a}", "P14")]
    [TestCase("selinux: {mount_context: a@b}", "V19", TestName = "U025_{m}{a}")]
    [TestCase("selinux: {exec: \"a b\"}", "V19", TestName = "U064_{m}{a}")]
    [TestCase("selinux: {exec: ''}", "V19", TestName = "U065_{m}{a}")]
    [TestCase("selinux: {exec: a-b}", "V19")]
    [TestCase("selinux: {other: a}", "P02", TestName = "U066_{m}{a}")]
    [TestCase("capabilities: [CAP_FLY]", "P14")]
    [TestCase("capabilities: [cap_kill]", "P14")]
    [TestCase("capabilities: [CAP_KILL, CAP_KILL]", "P03", TestName = "U028_{m}{a}")]
    [TestCase("suppl_groups: [a, a]", "P03", TestName = "U028_{m}{a}")]
    [TestCase("suppl_groups: [\"a\\0\"]", "P04", TestName = "U026_{m}{a}")]
    [TestCase("suppl_groups: ~", "P00")]
    [TestCase("rlimits: {files: {soft: 1}}", "P14")]
    [TestCase("rlimits: {nofile: 5}", "P00")]
    [TestCase("rlimits: {nofile: {soft: unlimited}}", "P00")]
    [TestCase("rlimits: {nofile: {soft: -1}}", "P00")]
    [TestCase("rlimits: {nofile: {soft: 1}, nofile: {soft: 1}}", "P03", TestName = "U028_{m}{a}")]
    [TestCase("rlimits: {nofile: {soft: 1, soft: 1}}", "P03")]
    [TestCase("sockets: {s: {type: seqpacket, mode: 0}}", "P14")]
    [TestCase("sockets: {s: {type: stream, mode: 0660}}", "P00")]
    [TestCase("sockets: {s: {type: stream}}", "P00")]
    [TestCase("sockets: {s: {mode: 0}}", "P00")]
    [TestCase("sockets: {s: {type: stream, mode: 0, owner: 1}}", "P02")]
    [TestCase("sockets: {a/b: {type: stream, mode: 0}}", "H09")]
    [TestCase("sockets: {a=b: {type: stream, mode: 0}}", "H09")]
    [TestCase("sockets: {..: {type: stream, mode: 0}}", "H09")]
    [TestCase("sockets: {s: {type: stream, mode: 0, passcred: yes}}", "P00")]
    [TestCase("io: {stdout: pipe}", "P15", TestName = "U045_{m}{a}")]
    [TestCase("io: {stdout: pipe, stderr: file}", "P14")]
    [TestCase("io: {stdout: pipe, stderr: pipe, stdin: pipe}", "P02")]
    [TestCase("seccomp: {profile: strict}", "P17")]
    [TestCase("seccomp: {deny: {}}", "P02")]
    [TestCase("seccomp: {allow: {read: all}}", "P17")]
    [TestCase("seccomp: {allow: {read: args}}", "P17")]
    [TestCase("seccomp: {allow: {read: {args: {index: 1, mask: 1}}}}", "P17")]
    [TestCase("seccomp: {allow: {read: !args {mask: 1}}}", "P17")]
    [TestCase("seccomp: {allow: {read: !args {index: 1, mask: 1, more: 1}}}", "P02")]
    [TestCase("seccomp: {allow: {read: !args {index: 6, mask: 1}}}", "V16", TestName = "U047_{m}{a}")]
    [TestCase("seccomp: {allow: {read: !args {index: 1}}}", "V17", TestName = "U047_{m}{a}")]
    [TestCase("seccomp: {allow: {read: !args {index: 1, values: []}}}", "D04", TestName = "U047_{m}{a}")]
    [TestCase("seccomp: {allow: {read: !args {index: 1, mask: 18446744073709551616}}}", "P00")]
    [TestCase("cgroups: {parent: ../a}", "H09")]
    [TestCase("cgroups: {parent: /a}", "H09")]
    [TestCase("cgroups: {parent: \"a\\0\"}", "P04")]
    [TestCase("cgroups: {cpu: {shares: -1}}", "P00")]
    [TestCase("cgroups: {cpu: {attrs: ~}}", "P00")]
    [TestCase("cgroups: {cpu: {attrs: {cgroup.procs: 1}}}", "H09")]
    [TestCase("cgroups: {memory: {attrs: {memory.x/../../y: 1}}}", "H09")]
    [TestCase("cgroups: {memory: {memory_hard_limit: 1.5}}", "P00")]
    [TestCase("cgroups: {memory: {oom_monitor: on}}", "P00")]
    [TestCase("cgroups: {blkio: {weight: 1}}", "P16,P16,P16,P16,P16")]
    [TestCase("custom: !x {a: b}", "H07")]
    [TestCase("custom: {a: 18446744073709551616}", "P00")]
    [TestCase("custom: {[a]: b}", "H07")]
    [TestCase("args: [!!str a]", "H07")]
    [TestCase("args: [!x a]", "H07")]
    public void Read_FieldBesideTheBase_IsRefusedByItsRule(string yaml, string rules) =>
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml), Is.EqualTo(rules.Split(',')));

    [TestCase("{type: tmpfs, size: 8M, options: rw}", "P02")]
    [TestCase("{type: bind, host: /y, options: [rw]}", "P11")]
    [TestCase("{type: bind, host: /y, options: ro}", "P11")]
    [TestCase("{type: bind, host: /y, options: 'rw,,rec'}", "P11")]
    [TestCase("{type: bind, host: /y, options: 'rw,'}", "P11")]
    [TestCase("{type: bind, host: /y, options: }", "P11")]
    [TestCase("{type: bind, host: 123}", "P10")]
    [TestCase("{type: bind}", "P10")]
    [TestCase("{type: bind, host: /y, host: /z}", "P03")]
    [TestCase("{type: bind, host: /y, more: 1}", "P02")]
    [TestCase("{host: /y}", "P10")]
    [TestCase("{type: nfs}", "P10")]
    [TestCase("[tmpfs, 8000000]", "P10")]
    [TestCase("{type: proc, type: proc}", "P03")]
    [TestCase("{type: tmpfs}", "P10")]
    [TestCase("{type: tmpfs, size: 100XB}", "P12", TestName = "U035_{m}{a}")]
    [TestCase("{type: tmpfs, size: 1.5}", "P12")]
    [TestCase("{type: tmpfs, size: -1}", "P12")]
    [TestCase("{type: tmpfs, size: ''}", "P12")]
    [TestCase("{type: resource, name: a, version: '*'}", "P10")]
    [TestCase("{type: resource, name: a, dir: /}", "P10")]
    [TestCase("{type: resource, version: '*', dir: /}", "P10")]
    [TestCase("{type: resource, name: a/b, version: '*', dir: /}", "P13")]
    [TestCase("{type: resource, name: 123, version: '*', dir: /}", "P13")]
    [TestCase("{type: resource, name: a, version: 1, dir: /}", "P13")]
    [TestCase("{type: resource, name: a, version: 1.0, dir: /}", "P13")]
    [TestCase("{type: resource, name: a, version: , dir: /}", "P13")]
    [TestCase("{type: resource, name: a, version: '', dir: /}", "P13")]
    [TestCase("{type: resource, name: a, version: '*', dir: bin/foo}", "V14", TestName = "U032_{m}{a}")]
    [TestCase("{type: resource, name: a, version: '*', dir: /, options: rec}", "V13", TestName = "U037_{m}{a}")]
    [TestCase("{type: resource, name: .., version: '*', dir: /}", "H08")]
    public void Read_Mount_IsRefusedByItsRule(string mount, string rule) =>
        Assert.That(ManifestText.Errors($"{ManifestText.Base}mounts:\n  /x: {mount}\n"), Is.EqualTo([rule]));

    [TestCase("{type: bind, host: /y}")]
    [TestCase("{type: bind, host: y, options: \" rw , nosuid,rw \"}")]
    [TestCase("{type: bind, host: /y, options: ''}")]
    [TestCase("{type: bind, host: yes, options: rec}")]
    [TestCase("{type: proc, hidepid: 2}")]
    [TestCase("{type: tmpfs, size: 0}")]
    [TestCase("{type: tmpfs, size: 0x10}")]
    [TestCase("{type: resource, name: a, version: 0.0.1, dir: /bin/foo}", TestName = "U033_{m}{a}")]
    [TestCase("{type: resource, name: a, version: '*', dir: /, options: 'rw,noexec,nosuid'}", TestName = "U037_{m}{a}")]
    [TestCase("{type: dev}", TestName = "U036_{m}{a}")]
    public void Read_Mount_IsAccepted(string mount) => Assert.That(ManifestText.Errors($"{ManifestText.Base}mounts:\n  /x: {mount}\n"), Is.Empty);

    [TestCase("/a /a/b", true)]
    [TestCase("/a /a/", true)]
    [TestCase("/a/./b /a//b/c", true)]
    [TestCase("/lib/overlapping /lib/overlapping/foo", true, TestName = "U030_{m}{a}")]
    [TestCase("/lib/a /lib/b /other1 /other2", false, TestName = "U031_{m}{a}")]
    [TestCase("/ /a", false)]
    [TestCase("/a /ab", false)]
    [TestCase("/a /a-b /a/c", false, Description = "The rule of the reference looks at neighbours alone.")]
    public void Read_BindTargets_OverlapAsTheReferenceSays(string targets, bool overlap)
    {
        string mounts = string.Concat(targets.Split(' ').Select(t => $"  {t}: {{type: bind, host: /h}}\n"));

        Assert.That(ManifestText.Errors($"{ManifestText.Base}mounts:\n{mounts}"), Is.EqualTo(overlap ? ["V12"] : Array.Empty<string>()));
    }

    [Test]
    public void U029_SameMountTargetTwice_IsRefused() =>
        Assert.That(ManifestText.Errors(ManifestText.Base + "mounts: {/x: {type: dev}, /x: {type: dev}}"), Is.EqualTo(["P03"]));

    [Test]
    public void Read_RelativeBindTarget_IsRefused() =>
        Assert.That(ManifestText.Errors(ManifestText.Base + "mounts: {x: {type: bind, host: /y}}"), Is.EqualTo(["V11"]));

    [Test]
    public void Read_SeveralErrors_AreReportedTogetherInOrder()
    {
        ManifestReadResult result = ManifestText.Read("name: test\nversion: 1.0\ninit: /b\nuid: x\ngid: 1\nfoo: 1\n");

        Assert.That(result.Manifest, Is.Null);
        Assert.That(result.Diagnostics.Select(d => (d.Rule, d.Line, d.Column, d.Field)), Is.EqualTo(
            new[] { ("P06", 2, 10, "version"), ("P07", 4, 6, "uid"), ("P02", 6, 1, "foo") }));
    }

    [Test]
    public void Read_ValidationErrors_HaveThePlaceOfTheirField()
    {
        ManifestReadResult result = ManifestText.Read(ManifestText.Base + "mounts:\n  /x:\n    type: resource\n    name: a\n    version: '*'\n    dir: b\n");

        Assert.That(result.Diagnostics.Select(d => (d.Rule, d.Line, d.Column, d.Field)), Is.EqualTo(new[] { ("V14", 11, 10, "mounts[\"/x\"].dir") }));
    }

    [Test]
    public void Parse_Invalid_ThrowsWithEveryError()
    {
        ManifestException e = Assert.Throws<ManifestException>(() => ManifestText.With("foo: 1\nbar: 2\n"))!;

        Assert.That(e.Code, Is.EqualTo(NpkErrorCode.Manifest));
        Assert.That(e.Diagnostics, Has.Count.EqualTo(2));
        Assert.That(e.Message, Does.Contain("line 6, column 1: foo:").And.Contain("line 7, column 1: bar:"));
    }
}
