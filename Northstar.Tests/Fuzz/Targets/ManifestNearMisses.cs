// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Manifests that are wrong in one way, or large.</summary>
internal static class ManifestNearMisses
{
    private const string Resource = "name: a\nversion: 0.0.0\nuid: 1\ngid: 1\n";

    private static readonly string s_fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures");

    /// <summary>Gets every rule; each has a fixture that breaks it.</summary>
    internal static IReadOnlyList<string> Rules { get; } = [.. ManifestRules.All.Select(rule => rule.Code)];

    /// <summary>
    /// Returns the golden manifests of a syntax and those that must fail. Each is there with an even and an odd length, since the one is read as before packing
    /// and the other is not.
    /// </summary>
    internal static IEnumerable<byte[]> Fixtures(string extension) =>
        ((string[])["golden/manifests", "should-fail/manifests"])
            .SelectMany(folder => Directory.GetFiles(Path.Combine(s_fixtures, folder), "*." + extension).Order(StringComparer.Ordinal))
            .Select(File.ReadAllBytes).SelectMany(text => (byte[][])[text, [.. text, (byte)'\n']]);

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
            "[custom]\na = [1, 1.5e3, 1979-05-27, {b = true}]\n[[custom.c]]\nd = 07:32:00\n",
            "init = '/b'\nenv = {A = 'b'}\n[mounts.'/x']\ntype = 'tmpfs'\nsize = 100\n[rlimits.nofile]\nsoft = 1",
            "init = '/b'\nio = {stdout = 'pipe', stderr = 'pipe'}\n[seccomp.allow]\nread = {args = {index = 1, values = [1, 2], mask = 0x3}}\nwrite = 'any'\n[sockets.s]\ntype = 'stream'\nmode = 0o660",
        ];
        return tails.SelectMany(tail => new[] { head + tail, head + tail + "\n" })
            .Concat(["name = 'a/b'", "version = '1'\nname = 'a'", "uid = '1'", "uid = 0\nname = 'a'\nversion = '1.0.0'\ngid = 1", "[name]"]);
    }

    /// <summary>Returns texts too large to be changed again and again.</summary>
    internal static IEnumerable<string> Large()
    {
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
