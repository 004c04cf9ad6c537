// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Tests.Npk.Manifests;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>For each rule of manifests a text that breaks it, or is warned of.</summary>
internal static class ManifestNearMisses
{
    private const string Resource = "name: a\nversion: 0.0.0\nuid: 1\ngid: 1\n";

    private static readonly (string Rule, string Text)[] s_beside =
    [
        ("P00", "args: {a: b}"), ("P02", "foo: 1"), ("P03", "uid: 2"), ("P04", "args: [\"a\\0b\"]"), ("P08", "console: full"), ("P09", "sched: {}"), ("P10", "mounts: {/x: {type: nfs}}"),
        ("P11", "mounts: {/x: {type: bind, host: /y, options: ro}}"), ("P12", "mounts: {/x: {type: tmpfs, size: 100XB}}"), ("P13", "mounts: {/x: {type: resource, name: a, version: '', dir: /}}"),
        ("P14", "autostart: later"), ("P15", "io: {stdout: pipe}"), ("P16", "cgroups: {blkio: {weight: 1}}"), ("P17", "seccomp: {profile: strict}"),
        ("V02", $"env: {{{string.Join(", ", Enumerable.Range(0, 65).Select(i => $"V{i}: x"))}}}"), ("V03", $"env: {{{new string('A', 65)}: x}}"), ("V04", $"env: {{A: {new string('b', 1025)}}}"),
        ("V05", "env: {NORTHSTAR_NAME: x}"), ("V08", "sched: {policy: !other {nice: 55}}"), ("V09", "sched: {policy: !fifo {priority: 0}}"), ("V10", "sched: {policy: !round_robin {priority: 200}}"),
        ("V11", "mounts: {x: {type: bind, host: /y}}"), ("V12", "mounts: {/a: {type: bind, host: /y}, /a/b: {type: bind, host: /y}}"),
        ("V13", "mounts: {/x: {type: resource, name: a, version: '*', dir: /, options: rec}}"), ("V14", "mounts: {/x: {type: resource, name: a, version: '*', dir: bin/foo}}"),
        ("V15", $"network: !namespace {new string('n', 257)}"), ("V16", "seccomp: {allow: {read: !args {index: 6, mask: 1}}}"), ("V17", "seccomp: {allow: {read: !args {index: 1}}}"),
        ("V18", $"seccomp: {{allow: {{read: !args {{index: 5, values: [{string.Join(", ", Enumerable.Range(0, 51))}]}}}}}}"), ("V19", "selinux: {exec: 'a b'}"),
        ("V20", $"suppl_groups: [{string.Join(", ", Enumerable.Range(0, 65).Select(i => $"g{i}"))}]"), ("V21", $"suppl_groups: [{new string('g', 65)}]"),
        ("D01", "sched: {policy: !round_robin {priority: 5}}"), ("D02", "seccomp: {allow: {read: !args {index: 1, values: [1, 2]}}}"), ("D03", "sockets: {s: {type: stream, mode: 0, uid: 0}}"),
        ("D04", "seccomp: {allow: {read: !args {index: 1, values: []}}}"), ("D11", "sched: {policy: !other {nice: 5}}"), ("D12", "sched: {policy: deadline}"),
        ("D15", "cgroups: {blkio: {weight_device: [], throttle_read_bps_device: [], throttle_read_iops_device: [], throttle_write_bps_device: [], throttle_write_iops_device: [], attrs: {blkio.x: 1}}}"), ("H07", "<<: {a: b}"), ("H09", "network: !namespace .."),
    ];

    private static readonly (string Rule, string Text)[] s_whole =
    [
        ("P01", "- a"), ("P05", "name: a/b\nversion: 0.0.0\nuid: 1\ngid: 1\n"), ("P06", "name: a\nversion: 1.0\nuid: 1\ngid: 1\n"), ("P07", "name: a\nversion: 1.0.0\nuid: '1'\ngid: 1\n"),
        ("V06", "name: a\nversion: 1.0.0\nuid: 0\ngid: 1\n"), ("V07", "name: a\nversion: 1.0.0\nuid: 1\ngid: 0\n"), ("V22", Resource + "args: [x]"), ("H08", "name: ..\nversion: 0.0.0\nuid: 1\ngid: 1\n"),
        ("L01", Resource + "init: /b\nresources:\n- name: r\n  version: 1.0.0\n  dir: /\n  mountpoint: /x\nenv:\n- [A, b]\nseccomp: {read: 1}\narch: x\n"), ("S01", "  name: a\n version: 1.0.0"),
    ];

    /// <summary>Gets every rule.</summary>
    internal static IReadOnlyList<string> Rules { get; } = [.. s_beside.Concat(s_whole).Select(miss => miss.Rule).Append("V01").Distinct()];

    /// <summary>Returns the texts in YAML. Each is there with an even and an odd length, since the one is read as before packing and the other is not.</summary>
    internal static IEnumerable<string> All()
    {
        foreach (string text in s_beside.Select(miss => ManifestText.Base + miss.Text + "\n").Concat(s_whole.Select(miss => miss.Text)))
        {
            yield return text;
            yield return text + "\n";
        }
    }

    /// <summary>Gets the rules that <see cref="Json"/> breaks.</summary>
    internal static IReadOnlyList<string> JsonRules { get; } = ["S01", "H07", "P00", "P01", "P02", "P03", "P05", "P06", "P07", "P09", "P10", "P14", "V06", "V22"];

    /// <summary>Gets the rules that <see cref="Toml"/> breaks.</summary>
    internal static IReadOnlyList<string> TomlRules { get; } = ["S01", "P00", "P01", "P02", "P05", "P06", "P07", "P09", "P10", "P14", "V06", "V22"];

    /// <summary>Returns texts in JSON.</summary>
    internal static IEnumerable<string> Json()
    {
        const string head = """{"name": "a", "version": "0.0.0", "uid": 1, "gid": 1""";
        string[] tails =
        [
            "", ",", """, "foo": 1""", """, "uid": 2""", """, "args": {}, "init": "/b" """, """, "init": "/b", "sched": {"policy": "other"}""", """, "mounts": {"/x": {"type": "nfs"}}""",
            """, "network": {"namespace": "x"}""", """, "network": "none" """, """, "args": ["x"]""", """, "custom": {"a": [1, 1.5e3, -0, null, true, "ä"]}""",
            $$""", "custom": {{new string('[', 65)}}{{new string(']', 65)}}""", """, "init": "/b", "sched": {"policy": {"fifo": {"priority": 5}}}, "io": {"stdout": "pipe", "stderr": "discard"}""",
            """, "init": "/b", "seccomp": {"allow": {"read": {"args": {"index": 1, "values": [1], "mask": 3}}, "write": "any"}}, "capabilities": ["CAP_KILL"]""",
        ];
        return tails.SelectMany(tail => new[] { head + tail + "}", head + tail + "} " }).Concat(["{", "{}", """{"name": "a/b"}""", """{"version": "1"}""", """{"uid": "1"}""", head.Replace("\"uid\": 1", "\"uid\": 0", StringComparison.Ordinal) + "}", """{"name": "\ud800"}"""]);
    }

    /// <summary>Returns texts in TOML.</summary>
    internal static IEnumerable<string> Toml()
    {
        const string head = "name = \"a\"\nversion = \"0.0.0\"\nuid = 1\ngid = 1\n";
        string[] tails =
        [
            "", "x", "foo = 1", "args = {}\ninit = '/b'", "init = '/b'\n[sched]\npolicy = 'other'", "[mounts.'/x']\ntype = 'nfs'", "network = 'none'", "args = ['x']",
            "[custom]\na = [1, 1.5e3, 1979-05-27, {b = true}]\n[[custom.c]]\nd = 07:32:00\n", "init = '/b'\nenv = {A = 'b'}\n[mounts.'/x']\ntype = 'tmpfs'\nsize = 100\n[rlimits.nofile]\nsoft = 1",
            "init = '/b'\nio = {stdout = 'pipe', stderr = 'pipe'}\n[seccomp.allow]\nread = {args = {index = 1, values = [1, 2], mask = 0x3}}\nwrite = 'any'\n[sockets.s]\ntype = 'stream'\nmode = 0o660",
        ];
        return tails.SelectMany(tail => new[] { head + tail, head + tail + "\n" })
            .Concat(["name = 'a/b'", "version = '1'\nname = 'a'", "uid = '1'", "uid = 0\nname = 'a'\nversion = '1.0.0'\ngid = 1", "[name]"]);
    }

    /// <summary>Returns texts too large to be changed again and again.</summary>
    internal static IEnumerable<string> Large()
    {
        yield return Resource + $"init: '{new string('i', 4097)}'"; // V01
        yield return "a: &a [x]\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"b{i}: &b{i} [{string.Join(", ", Enumerable.Repeat($"*b{i - 1}", 9))}]\n"));
        yield return Resource + $"custom: {new string('[', 5000)}{new string(']', 5000)}";
        yield return Resource + $"custom: {new string('[', 5000)}";
        yield return Resource + $"custom: {string.Concat(Enumerable.Repeat("{a: ", 5000))}";
        yield return Resource + $"custom: [{string.Concat(Enumerable.Repeat("a, ", 20_000))}]";
        yield return Resource + $"custom: '{new string('x', (1 << 20) - 100)}'";
        yield return string.Concat(Enumerable.Range(0, 40_000).Select(i => $"k{i}: 1\n"));
        yield return string.Concat(Enumerable.Repeat("- ", 100_000));
        yield return string.Concat(Enumerable.Repeat("? ", 100_000));
        yield return string.Concat(Enumerable.Repeat("a:\n ", 1000));
        yield return new string('\'', 1_000_000);
        yield return "\"" + string.Concat(Enumerable.Repeat("\\u0041", 100_000));
        yield return "a: |\n" + new string(' ', 1_000_000);
        yield return new string('#', 1_000_000);
        yield return new string('\n', 1_000_000);
        yield return new string('!', 100_000);
    }
}
