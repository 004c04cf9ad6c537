// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Files of keys.</summary>
internal static class KeyTargets
{
    internal static IEnumerable<FuzzTarget> All()
    {
        byte[] publicKey = TestPackage.PublicKey.Bytes.ToArray();
        yield return Target("public-key", publicKey, ["K02", "K03"], KeyFiles.ReadPublicKey, static (bytes, value) =>
            FuzzException.Require(((PublicKey)value).Bytes.SequenceEqual(bytes), "a public key is its file"));
        yield return Target("private-key", TestPackage.Seed, ["K04", "K05"], static path => KeyFiles.ReadPrivateKey(path), static (bytes, value) =>
        {
            var key = (PrivateKey)value;
            FuzzException.Require(key.Seed.SequenceEqual(bytes.AsSpan(0, PrivateKey.SeedLengthBytes)), "a private key begins its file");
            FuzzException.Require(key.PublicKey.Verify("x"u8, key.Sign("x"u8)), "what a key signs it verifies");
        });
    }

    private static FuzzTarget Target(string name, byte[] valid, string[] rules, Func<string, object> read, Action<byte[], object> check)
    {
        Lazy<MemoryFile> file = new(() => new MemoryFile(name));
        return new FuzzTarget
        {
            Name = name,
            Corpus = [valid, [.. valid, 0], valid[..^1], new byte[32], [.. Enumerable.Repeat((byte)0xFF, 32)], [1, .. new byte[31]], []],
            Probes = [new byte[1 << 20]],
            Mutator = new ByteMutator([]),
            Parse = input =>
            {
                file.Value.Write(input);
                return new FuzzOutcome(read(file.Value.Path));
            },
            Check = check,
            Refusal = PackagePartTargets.Refusal,
            Kinds = rules,
            AllocationCapBytes = 64 << 10,
            Cases = 5_000,
            Finish = () => file.Value.Dispose(),
        };
    }
}
