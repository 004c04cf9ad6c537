// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Tests.Npk.Manifests;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Manifests in every syntax, and as messages carry them. What is accepted is written anew and must read as the same manifest without errors.</summary>
internal static class ManifestTargets
{
    private static readonly string[] s_dictionary =
    [
        "name", "version", "init", "uid", "gid", "args", "env", "console", "permissions", "sched", "policy", "mounts", "autostart", "cgroups", "network",
        "seccomp", "selinux", "capabilities",
        "suppl_groups", "rlimits", "sockets", "io", "custom", "resources", "dir", "mountpoint", "host", "options", "type", "size", "bind", "persist",
        "resource", "tmpfs", "proc", "sysfs", "dev",
        "profile", "allow", "index", "values", "mask", "nice", "priority", "soft", "hard", "mode", "passcred", "stdout", "stderr", "pipe", "discard", "relaxed",
        "critical", "full", "any",
        "rw,noexec,nosuid,nodev,rec", "default", "parent", "cpu", "memory", "blkio", "attrs", "shares", "memory_hard_limit", "weight", "CAP_KILL", "nofile",
        "stream", "datagram", "seq_packet",
        "northstar", "pids", "required", "devices", "path", "major", "minor", "access", "char", "block", "arch", "on_exit", "mem", "limit", "<<", "&a", "*a",
        "!args", "!namespace", "!other", "!fifo", "!round_robin", "!batch",
    ];

    internal static IEnumerable<FuzzTarget> All()
    {
        byte[][] valid = [.. Valid().Select(ManifestWriter.WriteYaml)];
        string[] tested = [.. Corpora.TestCases(typeof(ManifestRuleTests)), .. Corpora.TestCases(typeof(ManifestReaderTests)),
            .. Corpora.TestCases(typeof(ManifestLimitTests)), .. Corpora.TestCases(typeof(ManifestScalarTests))];
        byte[][] yaml =
        [
            .. valid, .. ManifestNearMisses.Fixtures("yaml"), .. Corpora.Bytes(tested), .. Corpora.Bytes(tested.Select(text => ManifestText.Base + text)),
            .. Corpora.Bytes(tested.Select(text => $"{ManifestText.Base}mounts:\n  /x: {text}\n")), [.. valid[0], 0xFF],
        ];
        yield return Target("manifest-yaml", yaml,
            20_000) with
        {
            Probes = [.. ManifestNearMisses.Large().Select(Corpora.Bytes), new byte[ManifestReader.MaxLengthBytes + 1]],
            Kinds = ManifestNearMisses.Rules
        };
        byte[][] json = [.. Valid().Select(WriteJson), .. ManifestNearMisses.Fixtures("json"), .. Corpora.Bytes(ManifestNearMisses.Json())];
        yield return Target("manifest-json", json, 16_000) with { Probes = [Corpora.Bytes($"{{\"name\": {new string('[', 500_000)}")], Kinds = ManifestNearMisses.JsonRules };
        byte[][] toml = [.. ManifestNearMisses.Fixtures("toml"), .. Corpora.Bytes(ManifestNearMisses.Toml())];
        yield return Target("manifest-toml", toml, 12_000) with { Probes = [Corpora.Bytes($"name = {new string('[', 500_000)}")], Kinds = ManifestNearMisses.TomlRules };
        yield return Target("manifest-message", json, 8_000) with { Parse = Read, Refusal = e => e is ManifestException m ? [.. m.Diagnostics.Select(d => d.Rule)] : null };
    }

    private static FuzzTarget Target(string name, byte[][] corpus, int cases) => new()
    {
        Name = name,
        Corpus = corpus,
        Mutator = new TextMutator(s_dictionary, corpus),
        Parse = input => Read(input, forPacking: input.Length % 2 == 0),
        Check = (_, value) => CheckManifest((Manifest)value),
        OtherKinds = ManifestNearMisses.Rules,
        AllocationCapBytes = 8 << 20, // H-07
        AllocationPerByte = 16,
        Cases = cases,
    };

    private static IEnumerable<Manifest> Valid()
    {
        for (int seed = 0; seed < 24; seed++)
        {
            yield return new RandomManifest(seed).Next();
        }
    }

    private static FuzzOutcome Read(byte[] input, bool forPacking)
    {
        ManifestReadResult result = ManifestReader.Read(input, new ManifestReadOptions { ForPacking = forPacking });
        bool hasErrors = result.Diagnostics.Any(d => d.Severity == ManifestSeverity.Error);
        FuzzException.Require(result.Manifest is null == hasErrors, "a manifest is read when there is no error, and only then");
        return new FuzzOutcome(result.Manifest, [.. result.Diagnostics.Select(d => d.Rule)]);
    }

    private static FuzzOutcome Read(byte[] input) => new(ManifestJson.Read(input));

    private static byte[] WriteJson(Manifest manifest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            ManifestJson.Write(writer, manifest);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void CheckManifest(Manifest manifest)
    {
        byte[] yaml = ManifestWriter.WriteYaml(manifest);
        bool valid = ManifestReader.Validate(manifest).All(d => d.Severity != ManifestSeverity.Error);
        if (valid)
        {
            ManifestReadResult again = ManifestReader.Read(yaml);
            // A message may nest deeper than a file.
            bool readable = again.Manifest is not null || again.Diagnostics.Any(d => d.Rule == "H07");
            FuzzException.Require(readable, $"an accepted manifest, written anew, is refused:\n{Encoding.UTF8.GetString(yaml)}\n{string.Join('\n', again.Diagnostics)}");
            FuzzException.Require(
                again.Manifest is null || ManifestWriter.WriteYaml(again.Manifest).AsSpan().SequenceEqual(yaml),
                    $"an accepted manifest, written anew, reads as another:\n{Encoding.UTF8.GetString(yaml)}");
        }

        Manifest message = ManifestJson.Read(WriteJson(manifest));
        FuzzException.Require(ManifestWriter.WriteYaml(message).AsSpan().SequenceEqual(yaml),
            $"a manifest comes out of a message as another:\n{Encoding.UTF8.GetString(yaml)}");
    }
}
