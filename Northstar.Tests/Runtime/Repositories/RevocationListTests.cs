// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime;
using Northstar.Runtime.Repositories;

namespace Northstar.Tests.Runtime.Repositories;

/// <summary>The file of revoked keys and packages.</summary>
internal sealed class RevocationListTests
{
    private static readonly string s_digest = new('a', 64);

    [Test]
    public void Parse_KeysPackagesAndComments_CountsWhatIsRevoked()
    {
        RevocationList list = RevocationList.Parse("f", $"# lost in May\nkey {s_digest}\r\n\n  package\t{s_digest.ToUpperInvariant()}  # 1.2.0\nkey {new string('b', 64)}");
        Assert.That((list.KeyCount, list.PackageCount), Is.EqualTo((2, 1)));
    }

    [TestCase("key")]
    [TestCase("key abc")]
    [TestCase("keys @")]
    [TestCase("key @ @")]
    [TestCase("package @x")]
    [TestCase("package @g")]
    public void Parse_LineOfAnotherForm_IsRefusedWithItsNumber(string line) => Assert.That(
        () => RevocationList.Parse("the-file", $"\n{line.Replace("@g", new string('g', 64), StringComparison.Ordinal).Replace("@", s_digest, StringComparison.Ordinal)}\n"),
        Throws.TypeOf<RuntimeException>().With.Message.Contains("the-file: line 2 is neither"));

    [TestCase("")]
    [TestCase(" \n\n")]
    public void Parse_EmptyFile_IsRefused(string text) => Assert.That(
        () => RevocationList.Parse("the-file", text), Throws.TypeOf<RuntimeException>().With.Message.Contains("the-file: it is empty"));

    [Test]
    public void Read_MissingFile_IsAnError() =>
        Assert.That(() => RevocationList.Read("/nowhere/revoked"), Throws.TypeOf<RuntimeException>().With.Message.Contains("/nowhere/revoked"));
}
