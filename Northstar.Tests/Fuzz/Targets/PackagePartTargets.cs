// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Npk.Signing;
using Northstar.Npk.Squashfs;
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
        yield return Part("verity-superblock", [superblock, With(superblock, 80, 0), With(superblock, 344, 1), superblock[..100]], 8_000, bytes => VeritySuperblock.TryParse(bytes, out string cause, out int offset) is { } read
            ? new FuzzOutcome(read) : Refused(cause.Length > 0 && offset >= 0, "a cause"),
            (bytes, value) => FuzzException.Require(((VeritySuperblock)value).Encode().AsSpan().SequenceEqual(bytes), "C-04: a superblock is written as it was read"));
        byte[] image = TestPackage.Image(1)[..96];
        yield return Part("squashfs-superblock", [image, With(image, 28, 3), With(image, 30, 1), With(image, 40, 0), []], 8_000, bytes => SquashfsSuperblock.TryParse(bytes, 8192, out string cause) is { } read
            ? new FuzzOutcome(read) : Refused(cause.Length > 0, "a cause"),
            (bytes, value) => FuzzException.Require(((SquashfsSuperblock)value).BytesUsed is >= 96 and <= 8192 && bytes.AsSpan(0, 4).SequenceEqual("hsqs"u8), "what is used is there"));
        foreach (FuzzTarget target in KeyTargets.All())
        {
            yield return target;
        }
    }

    private static FuzzOutcome Refused(bool condition, string what)
    {
        FuzzException.Require(condition, $"a refusal has {what}");
        return default(FuzzOutcome) with { Kinds = [] };
    }

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        bytes = [.. bytes];
        bytes[offset] = value;
        return bytes;
    }

    internal static string[]? Refusal(Exception e) => e is NpkException npk ? [npk.Code.ToString()] : null;

    private static FuzzTarget Part(string name, byte[][] corpus, int cases, Func<byte[], FuzzOutcome> parse, Action<byte[], object> check) => new()
    {
        Name = name,
        Corpus = corpus,
        Mutator = new ByteMutator(["verity\0\0"u8.ToArray(), "sha256"u8.ToArray(), "hsqs"u8.ToArray()]),
        Parse = parse,
        Check = check,
        AllocationCapBytes = 64 << 10,
        Cases = cases,
    };

    private static FuzzTarget Comment()
    {
        byte[][] corpus = Corpora.Bytes("version: 0.9.3\n", "version: \"0.9.0\"\r\nx: y\n", "version: 0.8.9\n", "version: 1\n", "version:0.9.3", "x: y", "version: 0.9.3\nversion: 0.9.3", "", "version: '10.0.0-a+b'");
        return new FuzzTarget
        {
            Name = "archive-comment",
            Corpus = corpus,
            Probes = [new byte[EndRecord.MaxCommentBytes], [.. Enumerable.Repeat((byte)'\n', EndRecord.MaxCommentBytes)]],
            Mutator = new TextMutator(["version", "version: ", "0.9.3", "0.9.0"], corpus),
            Parse = input => new FuzzOutcome(MetaComment.Parse(s_file.Value, input.AsSpan(0, Math.Min(input.Length, EndRecord.MaxCommentBytes)))),
            Check = (_, value) => FuzzException.Require(
                (PackageVersion)value >= MetaComment.Oldest && MetaComment.Parse(s_file.Value, Encoding.ASCII.GetBytes($"version: {value}\n")) == (PackageVersion)value, "a version is written as it was read"),
            Refusal = Refusal,
            Kinds = [nameof(NpkErrorCode.Meta), nameof(NpkErrorCode.Version)],
            AllocationCapBytes = 1 << 20,
            Cases = 12_000,
        };
    }

    /// <summary>The document is read whether or not its signature fits: what is fuzzed here is what a holder of a key could send.</summary>
    private static FuzzTarget Document()
    {
        byte[] valid = TestPackage.SignatureText(TestPackage.Comment, TestPackage.Manifest, TestPackage.Verity(TestPackage.Image(1)).Root, 4096);
        byte[][] corpus =
        [
            valid, [.. valid, (byte)'\n'], valid[..^1], [.. valid.Select(b => b == 'm' ? (byte)'M' : b)], Corpora.Bytes("---"),
            Corpora.Bytes(Encoding.ASCII.GetString(valid).Replace("4096", "04096", StringComparison.Ordinal)), Corpora.Bytes(Encoding.ASCII.GetString(valid).Replace("4096", "9223372036854775808", StringComparison.Ordinal)),
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
            Kinds = [nameof(NpkErrorCode.SignatureDocument), nameof(NpkErrorCode.HashDocument)],
            AllocationCapBytes = 1 << 20,
            Cases = 14_000,
        };
    }
}
