// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux.Verity;

namespace Northstar.Tests.Runtime.Verity;

/// <summary>The parameters of a verity target, against Documentation/admin-guide/device-mapper/verity.rst.</summary>
internal sealed class VerityTableTests
{
    private static readonly byte[] s_root = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [Test]
    public void Format_HasConstantsHashAndSalt()
    {
        var table = new VerityTable(3, 4, s_root, new byte[] { 0xAB, 0x01 });

        Assert.That(
            table.Format("7:12"),
            Is.EqualTo("1 7:12 7:12 4096 4096 3 4 sha256 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ab01"));
        Assert.That(table.LengthSectors, Is.EqualTo(24));
    }

    [Test]
    public void W14_Format_WithoutSalt_HasADash() =>
        Assert.That(new VerityTable(1, 2, s_root, ReadOnlyMemory<byte>.Empty).Format("7:0"), Does.EndWith("1e1f -"));

    [Test]
    public void H14_Format_NeverIgnoresCorruptionOrChecksOnce() =>
        Assert.That(new VerityTable(1, 2, s_root, new byte[256]).Format("7:0").Split(' '), Has.Length.EqualTo(10), "no optional parameters");
}
