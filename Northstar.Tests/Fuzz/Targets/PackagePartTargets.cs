// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Signing;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>The parts of a package that have readers of their own, and the files of keys.</summary>
internal static class PackagePartTargets
{
    private static readonly Lazy<PackageFile> s_file = new(() => new PackageFile(new MemoryFile("part").Open(), "fuzz"));

    internal static IEnumerable<FuzzTarget> All()
    {
        yield return Comment();
        yield return Document();
        byte[] superblock = TestPackage.Verity(TestPackage.Image(1)).Verity[..4096];
        (string Rule, byte[] Bytes)[] superblocks = [.. PackageNearMisses.Superblocks.Where(miss => miss.Rule != "B14").Select(miss =>
        (miss.Rule, PackageNearMisses.Flip(superblock, miss.Offset)))];
        yield return Part("verity-superblock", [superblock, .. superblocks.Select(miss => miss.Bytes), superblock[..100]],
            [.. superblocks.Select(miss => miss.Rule).Distinct()],
            bytes => VeritySuperblock.TryParse(bytes, out NpkRule refused, out _) is { } read ? new FuzzOutcome(read) : new FuzzOutcome(null, refused.Id),
            (bytes, value) => FuzzException.Require(((VeritySuperblock)value).Encode().AsSpan().SequenceEqual(bytes), "C-04: a superblock is written as it was read"));
        byte[] image = TestPackage.Image(1)[..96];
        yield return Part("squashfs-superblock", [image, PackageNearMisses.Flip(image, 0), PackageNearMisses.Flip(image, 28), PackageNearMisses.Flip(image, 30),
            PackageNearMisses.Flip(image, 47), []], ["I04", "I05", "I06"],
            bytes => SquashfsSuperblock.TryParse(bytes, 8192, out NpkRule refused) is { } read ? new FuzzOutcome(read) : new FuzzOutcome(null, refused.Id),
            (bytes, value) =>
            FuzzException.Require(((SquashfsSuperblock)value).BytesUsed is >= 96 and <= 8192 && bytes.AsSpan().StartsWith("hsqs"u8), "what is used is there"));
        foreach (FuzzTarget target in KeyTargets.All().Append(KeyListTarget.Create()))
        {
            yield return target;
        }
    }

    /// <summary>Returns the rule of an error; those of manifests have a target of their own.</summary>
    internal static string[]? Refusal(Exception e) => e is NpkException npk ? [npk.Code == NpkErrorCode.Manifest ? PackageNearMisses.Manifest : npk.Rule] : null;

    private static FuzzTarget Part(string name, byte[][] corpus, string[] rules, Func<byte[], FuzzOutcome> parse, Action<byte[], object> check) => new()
    {
        Name = name,
        Corpus = corpus,
        Mutator = new ByteMutator(["verity\0\0"u8.ToArray(), "sha256"u8.ToArray(), "hsqs"u8.ToArray()]),
        Parse = parse,
        Check = check,
        Kinds = rules,
        AllocationCapBytes = 64 << 10,
        Cases = 8_000,
    };

    private static FuzzTarget Comment()
    {
        byte[][] corpus = Corpora.Bytes("version: 0.9.3\n", "version: \"0.9.0\"\r\nx: y\n", "version: 0.8.9\n", "version: 1\n", "version:0.9.3", "x: y",
            "version: 0.9.3\nversion: 0.9.3", "", "version: '10.0.0-a+b'");
        return new FuzzTarget
        {
            Name = "archive-comment",
            Corpus = corpus,
            Probes = [new byte[EndRecord.MaxCommentBytes], [.. Enumerable.Repeat((byte)'\n', EndRecord.MaxCommentBytes)]],
            Mutator = new TextMutator(["version", "version: ", "0.9.3", "0.9.0"], corpus),
            Parse = input => new FuzzOutcome(MetaComment.Parse(s_file.Value, input.AsSpan(0, Math.Min(input.Length, EndRecord.MaxCommentBytes)))),
            Check = (_, value) => FuzzException.Require(
                (PackageVersion)value >= MetaComment.Oldest
                && MetaComment.Parse(s_file.Value, Encoding.ASCII.GetBytes($"version: {value}\n")) == (PackageVersion)value, "a version is written as it was read"),
            Refusal = Refusal,
            Kinds = ["M02", "M03", "M04", "M05", "M06"],
            AllocationCapBytes = 1 << 20,
            Cases = 12_000,
        };
    }

    /// <summary>The document is read whether or not its signature fits: what is fuzzed here is what a holder of a key could send.</summary>
    private static FuzzTarget Document()
    {
        byte[] valid = TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(TestPackage.Image(1)).Root, 4096);
        string text = Encoding.ASCII.GetString(valid);
        byte[][] corpus =
        [
            valid, [.. valid, (byte)'\n'],
            .. Corpora.Bytes(
                "--", text[..^1], text[..^3] + "B==", text.Replace("meta", "Meta", StringComparison.Ordinal),
                text.Replace("verity-hash: ", "verity-hash: A", StringComparison.Ordinal),
                text.Replace("4096", "04096", StringComparison.Ordinal), text.Replace("4096", "9223372036854775808", StringComparison.Ordinal),
                text.Replace("4096\n", "4096\nx: y\n", StringComparison.Ordinal)),
        ];
        return new FuzzTarget
        {
            Name = "signature-document",
            Corpus = corpus,
            Probes = [new byte[16 << 10]],
            Mutator = new TextMutator(["---", "\nsignature: ", "meta", "hash", "verity-offset", new string('a', 64), new string('A', 64)], corpus),
            Parse = input =>
            {
                int length = SignatureDocument.Split(s_file.Value, input, stackalloc byte[Ed25519.SignatureLength]);
                return new FuzzOutcome(SignatureDocument.Parse(s_file.Value, input.AsSpan(0, length)));
            },
            Check = (input, value) =>
            {
                using PrivateKey key = TestPackage.Key();
                byte[] again = ((SignatureDocument)value).Encode(key);
                int signed = input.AsSpan().IndexOf("---"u8);
                FuzzException.Require(again.AsSpan(0, signed).SequenceEqual(input.AsSpan(0, signed)), "H-06: a hashes document is written as it was read");
            },
            Refusal = Refusal,
            Kinds = ["G02", "G03", "G04", "A01", "A02", "A03", "A04"],
            AllocationCapBytes = 1 << 20,
            Cases = 14_000,
        };
    }
}
