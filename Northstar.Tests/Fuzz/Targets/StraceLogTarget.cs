// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Host.Nstar;
using Northstar.Npk;
using Northstar.Tests.Npk.Manifests;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Logs of strace, out of which a section of a manifest is made: the section is read again and allows exactly the calls of the log.</summary>
internal static class StraceLogTarget
{
    internal static FuzzTarget Create()
    {
        byte[][] corpus = Corpora.Bytes(
            "execve(\"/x\", [\"/x\"], 0x7ffd /* 3 vars */) = 0\nbrk(NULL) = 0x55\n", "[pid    12] 10:00:00.123456 openat(AT_FDCWD, \"a\\nb(\", O_RDONLY) = 3\n",
            "12  1700000000.5 (+     0.000012) read(3, \"\", 1) = 0\n",
            "<... read resumed>) = 1\n--- SIGCHLD {si_signo=SIGCHLD} ---\n+++ exited with 0 +++\n", "strace: Process 5 attached\n 5 close(3",
            "null(\ntrue(\n1(\n_(\n", "", "(\n");
        return new FuzzTarget
        {
            Name = "strace-log",
            Corpus = corpus,
            Probes =
            [
                Corpora.Bytes(new string(' ', 500_000)), Corpora.Bytes(new string('1', 500_000)), Corpora.Bytes("[" + new string(' ', 500_000)),
                Corpora.Bytes("1 (+" + new string('.', 500_000)),
                Corpora.Bytes("1" + new string(' ', 500_000) + "1" + new string(' ', 500_000)), Corpora.Bytes(new string('a', 500_000)),
            ],
            Mutator = new TextMutator(["[pid 1]", "10:00:00", "(+ 0.1)", "execve(", "(", "\n", " "], corpus),
            Parse = input => new FuzzOutcome(SyscallLog.ReadNames(Encoding.UTF8.GetString(input).Split('\n'))),
            Check = (_, value) => CheckSection((SortedSet<string>)value),
            AllocationCapBytes = 256 << 10,
            AllocationPerByte = 64,
            Cases = 8_000,
        };
    }

    private static void CheckSection(SortedSet<string> names)
    {
        if (names.Count > 500 || names.Any(name => name.Length > 1000))
        {
            return; // too much for a manifest, but it is no syntax that stops it
        }

        string section = SyscallLog.FormatSection(names, profile: null);
        string yaml = $"{ManifestText.Base}seccomp:\n  {section.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal)}\n";
        ManifestReadResult read = ManifestText.Read(yaml);
        FuzzException.Require(read.Manifest is not null, $"the section is refused: {string.Join('\n', read.Diagnostics)}\n{yaml}");
        IEnumerable<string> allowed = read.Manifest!.Seccomp!.Allow?.Keys ?? [];
        FuzzException.Require(allowed.Order(StringComparer.Ordinal).SequenceEqual(names), $"the section allows other calls: {yaml}");
    }
}
