// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Lists of keys. Those with a signature are read as a file, others are signed first, so that their lines are read too.</summary>
internal static class KeyListTarget
{
    internal static FuzzTarget Create()
    {
        string key = Convert.ToBase64String(TestPackage.PublicKey.Bytes);
        using PrivateKey signer = TestPackage.Key();
        string signed = Encoding.ASCII.GetString(KeyList.Sign(Encoding.ASCII.GetBytes($"northstar keys 1\nserial 7\nkey {key}\n"), signer, "keys"));
        byte[][] corpus = Corpora.Bytes(
        [
            $"northstar keys 1\nserial 7\nkey {key}\n", $"northstar keys 1\n# x\n\nserial 9\nkey {key} names=app-*,b class=vendor not-after=2030-01-31T00:00:00Z\n",
            signed, signed.Replace("serial 7", "serial 8", StringComparison.Ordinal), "northstar keys 1\nserial 0\n", "northstar keys 2\n", "",
        ]);
        return new FuzzTarget
        {
            Name = "key-list",
            Corpus = corpus,
            Mutator = new TextMutator(["key ", "serial ", "names=", "class=", "not-after=", "signature ", "northstar keys 1\n", key, "*", ",", "\n", "#"], corpus),
            Parse = static input =>
            {
                using PrivateKey root = TestPackage.Key();
                return new FuzzOutcome(input.AsSpan().IndexOf("\nsignature "u8) < 0 ? KeyList.Sign(input, root, "keys") : KeyList.Parse(input, [root.PublicKey], "keys"));
            },
            Check = static (input, value) =>
            {
                byte[] signed = value as byte[] ?? [.. input];
                KeyList list = KeyList.Parse(signed, [TestPackage.PublicKey], "keys");
                FuzzException.Require(list.Serial > 0 && list.Keys.Count > 0, "a list has a serial and keys");
                FuzzException.Require(Encoding.Latin1.GetString(input).Contains($"serial {list.Serial}", StringComparison.Ordinal), "the serial is in the text");
                signed[^20] ^= 1;
                FuzzException.Require(!IsAccepted(signed), "another signature is refused");
            },
            Refusal = PackagePartTargets.Refusal,
            Kinds = ["K09", "K10"],
            AllocationCapBytes = 256 << 10,
            AllocationPerByte = 64,
            Cases = 2_000,
        };
    }

    private static bool IsAccepted(byte[] bytes)
    {
        try
        {
            KeyList.Parse(bytes, [TestPackage.PublicKey], "keys");
            return true;
        }
        catch (NpkException)
        {
            return false;
        }
    }
}
