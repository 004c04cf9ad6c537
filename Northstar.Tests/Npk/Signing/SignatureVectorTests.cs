// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Signing;

namespace Northstar.Tests.Npk.Signing;

/// <summary>Published Ed25519 vectors and what the strict rule makes of each; the files in Fixtures/ed25519 name their sources.</summary>
[TestFixture]
internal sealed class SignatureVectorTests
{
    [TestCase("rfc8032", 4, 4)]
    [TestCase("speccheck", 12, 0)]
    [TestCase("wycheproof", 80, 19)]
    [TestCase("cctv", 40, 0)]
    public void H05_Verify_PublishedVectors_HaveTheStrictOutcome(string name, int count, int valid)
    {
        string[][] vectors = [.. Vectors(name)];
        Assert.Multiple(() =>
        {
            Assert.That(vectors, Has.Length.EqualTo(count));
            Assert.That(vectors.Count(static vector => vector[4] == "valid"), Is.EqualTo(valid));
            foreach (string[] vector in vectors)
            {
                Assert.That(IsAccepted(Hex(vector[1]), Hex(vector[2]), Hex(vector[3])), Is.EqualTo(vector[4] == "valid"), $"{name} {vector[0]}");
            }
        });
    }

    [Test]
    public void H05_FromBytes_KeysOfTheRefusedVectors_AreRefusedWhenTheyAreLoaded() => Assert.Multiple(() =>
    {
        foreach (string[] vector in Vectors("cctv").Concat(Vectors("speccheck").Where(static vector => vector[0] is not ("6" or "7"))))
        {
            Assert.That(Ed25519.IsValidPublicKey(Hex(vector[1])), Is.False, vector[1]);
        }
    });

    /// <summary>As a package does it: the key is loaded, then verifies.</summary>
    private static bool IsAccepted(byte[] key, byte[] message, byte[] signature)
    {
        try
        {
            return PublicKey.FromBytes(key).Verify(message, signature);
        }
        catch (NpkException refused) when (refused.Rule == NpkRules.PublicKeyInvalid.Id)
        {
            return false;
        }
    }

    private static IEnumerable<string[]> Vectors(string name) =>
        File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", "ed25519", name + ".txt"))
            .Where(static line => line[0] != '#').Select(static line => line.Split(' '));

    private static byte[] Hex(string text) => text == "-" ? [] : Convert.FromHexString(text);
}
