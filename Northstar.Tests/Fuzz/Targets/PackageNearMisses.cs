// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>For each rule of packages one that is nearly right. Those of the archive's structure are the tests' own hostile archives.</summary>
internal static class PackageNearMisses
{
    /// <summary>The kind of a package whose manifest is refused, whatever the rule.</summary>
    internal const string Manifest = "manifest";

    /// <summary>Gets for each rule of the verity superblock an offset at which a changed byte breaks it.</summary>
    internal static readonly (string Rule, int Offset)[] Superblocks =
        [("B04", 0), ("B05", 8), ("B06", 12), ("B07", 32), ("B08", 64), ("B09", 70), ("B10", 79), ("B11", 81), ("B12", 82), ("B13", 120), ("B14", 72)];

    /// <summary>Gets the rules that bytes alone cannot break, and why.</summary>
    internal static readonly (string Rule, string Why)[] OutOfReach =
    [
        ("Z01", "seen by the path"), ("E04", "a file that shrinks while it is read"), ("G06", "asking without a key"), ("I07", "packing"), ("K01", "no file"),
        ("K06", "writing"), ("K07", "writing"), ("K08", "signing"),
    ];

    private static readonly PackageParts s_one = Parts(1);
    private static readonly PackageParts s_three = Parts(3);
    private static readonly string s_signature = Encoding.ASCII.GetString(s_one.Signature!);

    /// <summary>Returns the rules of some families but those out of reach.</summary>
    internal static IReadOnlyList<string> Rules(string families) =>
        [.. NpkRules.All.Select(rule => rule.Id).Where(id => families.Contains(id[0], StringComparison.Ordinal)).Except(OutOfReach.Select(rule => rule.Rule))];

    /// <summary>Changes one byte of a copy.</summary>
    internal static byte[] Flip(byte[] bytes, int offset)
    {
        byte[] changed = (byte[])bytes.Clone();
        changed[offset] ^= 0x42;
        return changed;
    }

    internal static IEnumerable<byte[]> All() =>
        HostileArchives.All.Select(hostile =>
            hostile.Archive).Concat(Unsigned()).Concat(Signed().Select(miss => miss.Write())).Concat(Resigned().Select(miss => miss.Sign(Same).Write())).Concat(Hashes());

    /// <summary>Wrong whether or not somebody looks at the signature.</summary>
    private static IEnumerable<byte[]> Unsigned()
    {
        byte[] valid = s_one.Write();
        yield return Flip(valid, TestPackage.IndexOf(valid, "name: demo")); // E02
        yield return (s_one with { Manifest = [.. s_one.Manifest, 0xFF] }).Sign(Same).Write(); // E03
        yield return new RawZip { Comment = TestPackage.Comment }.Add("signature.yaml", s_one.Signature!).AddImage(s_one.Image).ToArray(); // E05
        yield return (s_one with { Comment = new byte[5000] }).Write(); // M01
        yield return new RawZip { Comment = TestPackage.Comment }.Add("manifest.yaml", s_one.Manifest).Add("signature.yaml", s_one.Signature!).ToArray(); // I01
        yield return new RawZip { Comment = TestPackage.Comment }.Add("manifest.yaml", s_one.Manifest).AddImage(s_one.Image,
            misalignment: -512).ToArray(); // I02, without a key
        yield return new RawZip { Comment = TestPackage.Comment }.Add("manifest.yaml", s_one.Manifest).Add("signature.yaml",
            s_one.Signature!).AddImage(s_one.Image, misalignment: -512).ToArray(); // I02
        byte[] damaged = TestPackage.Unsigned(TestPackage.Image(3));
        yield return Flip(damaged, 4096 + 5000); // B18
    }

    private static IEnumerable<PackageParts> Signed()
    {
        yield return s_one with { Image = s_one.Image[..^1] }; // I03
        yield return s_one with { Image = Flip(s_one.Image, 0) }; // I04
        yield return s_one with { Image = Flip(s_one.Image, 28) }; // I05
        yield return s_one with { Image = Flip(s_one.Image, 47) }; // I06
        yield return s_one with { Signature = null }; // G01
        yield return s_one with { Signature = "--"u8.ToArray() }; // G02
        yield return s_one with { Signature = [.. s_one.Signature!, (byte)'x'] }; // G03
        yield return s_one with { Signature = Corpora.Bytes(s_signature[..^3] + "B==") }; // G04
        yield return s_one with { Signature = Flip(s_one.Signature!, 3) }; // G05
        yield return s_one with { Comment = "version: 0.9.4\n"u8.ToArray() }; // A05
        yield return s_one with { Manifest = [.. s_one.Manifest, (byte)'\n'] }; // A06
        foreach ((_, int offset) in Superblocks)
        {
            yield return s_one with { Image = Flip(s_one.Image, 4096 + offset) }; // B04 to B14
        }

        yield return s_one with { Image = [.. s_one.Image, .. new byte[4096]] }; // B15
        yield return s_one with { Image = Flip(s_one.Image, 4000) }; // B16
        yield return s_three with { Image = Flip(s_three.Image, s_three.Image.Length - 4000) }; // B17
    }

    private static IEnumerable<PackageParts> Resigned()
    {
        yield return s_one with { Comment = [] }; // M02
        yield return s_one with { Comment = "x: y"u8.ToArray() }; // M03
        yield return s_one with { Comment = "version: 0.9.3\nversion: 0.9.3\n"u8.ToArray() }; // M04
        yield return s_one with { Comment = "version: 1\n"u8.ToArray() }; // M05
        yield return s_one with { Comment = "version: 0.8.0\n"u8.ToArray() }; // M06
        yield return s_one with { Manifest = [.. s_one.Manifest, .. "foo: 1\n"u8] }; // a rule of manifests
    }

    private static IEnumerable<byte[]> Hashes()
    {
        (string Old, string New)[] changes =
        [
            ("meta:", "Meta:"), ("verity-hash: ", "verity-hash: A"), ("offset: 4096", "offset: 04096"), ("offset: 4096\n", "offset: 4096\nx: y\n"), // A01 to A04
            ("offset: 4096", "offset: 0"), ("offset: 4096", "offset: 4097"), ("offset: 4096", "offset: 9223372036854771712"), // B01 to B03
        ];
        return changes.Select(change =>
            s_one.Sign(hashes => Corpora.Bytes(Encoding.ASCII.GetString(hashes).Replace(change.Old, change.New, StringComparison.Ordinal))).Write());
    }

    private static PackageParts Parts(int blocks) => PackageParts.TryTake(TestPackage.Signed(TestPackage.Image(blocks)))!;

    private static byte[] Same(byte[] hashes) => hashes;
}
