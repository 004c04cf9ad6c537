// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// Packages as a whole: as a tool looks at them, as a runtime with a key opens them, and signed by somebody who has the key. What opens is what another zip reader finds; what passes with a key and
/// was not signed anew is what was signed.
/// </summary>
internal static class PackageTargets
{
    internal static IEnumerable<FuzzTarget> All()
    {
        byte[] one = TestPackage.Image(1);
        byte[] three = TestPackage.Image(3);
        byte[] full = "name: demo\nversion: 0.0.1\ninit: /x\nuid: 1\ngid: 1\nmounts: {/dev: {type: dev}}\n"u8.ToArray();
        byte[][] signed = [TestPackage.Signed(one), TestPackage.Signed(three), TestPackage.Signed(one, full, "version: 0.9.0\nx: y\n"u8.ToArray())];
        byte[][] corpus = [.. signed, TestPackage.Unsigned(one), .. PackageNearMisses.All(signed[0])];
        yield return Target("package", corpus, sign: false, 9_000, new NpkReaderOptions { StructureOnly = true }, CheckOpen, PackageNearMisses.StructureCodes);
        yield return Target("package-with-key", corpus, sign: false, 9_000, TestPackage.Trusting, (bytes, package) => CheckSigned(bytes, package, signed), PackageNearMisses.KeyCodes);
        yield return Target("package-signed-anew", signed, sign: true, 6_000, TestPackage.Trusting, CheckOpen, []) with { OtherKinds = PackageNearMisses.KeyCodes };
    }

    private static FuzzTarget Target(string name, byte[][] corpus, bool sign, int cases, NpkReaderOptions options, Action<byte[], NpkPackage> check, IReadOnlyList<string> kinds)
    {
        Lazy<MemoryFile> file = new(() => new MemoryFile(name));
        return new FuzzTarget
        {
            Name = name,
            Corpus = corpus,
            Mutator = new PackageMutator(sign),
            Parse = input =>
            {
                file.Value.Write(input);
                return new FuzzOutcome(NpkPackage.Open(file.Value.Open(), "fuzz", options));
            },
            Check = (bytes, value) => check(bytes, (NpkPackage)value),
            Refusal = PackagePartTargets.Refusal,
            Kinds = kinds,
            OtherKinds = PackageNearMisses.KeyCodes,
            AllocationCapBytes = 8 << 20,
            Cases = cases,
            Finish = () => file.Value.Dispose(),
        };
    }

    private static void CheckOpen(byte[] bytes, NpkPackage package)
    {
        FuzzException.Require(OtherReaderAgrees(bytes, package), "H-01: another zip reader finds something else");
        FuzzException.Require(package.FileLengthBytes == bytes.Length && package.Image.OffsetBytes % 4096 == 0 && package.SquashfsLengthBytes <= package.Image.LengthBytes, "the image is in the file");
        try
        {
            VerityInfo? claimed = package.ReadClaimedVerity();
            FuzzException.Require(claimed is null || claimed.TreeOffsetBytes + claimed.TreeLengthBytes == package.Image.LengthBytes, "H-11: the tree ends with the image");
            _ = package.FormatVersion;
            _ = package.Manifest;
            package.Verify();
        }
        catch (NpkException)
        {
            // Allowed: these are read when they are asked for.
        }
    }

    private static void CheckSigned(byte[] bytes, NpkPackage package, byte[][] signed)
    {
        CheckOpen(bytes, package);
        using var copy = new MemoryFile("copy");
        try
        {
            using SafeFileHandle writable = copy.OpenWritable();
            package.CopyVerifiedImage(writable);
        }
        catch (NpkException e) when (e.Code == NpkErrorCode.Corrupted)
        {
            return;
        }

        byte[] image = copy.ReadAll();
        byte[] manifest = package.ManifestBytes.ToArray();
        FuzzException.Require(package.VerifiedBy!.Equals(TestPackage.PublicKey), "the key is the one given");
        FuzzException.Require(
            signed.Select(PackageParts.TryTake).Any(parts => parts!.Manifest.AsSpan().SequenceEqual(manifest) && parts.Image.AsSpan().StartsWith(image)),
            "a package that was not signed passes as signed");
    }

    private static bool OtherReaderAgrees(byte[] bytes, NpkPackage package)
    {
        using ZipArchive archive = new(new MemoryStream(bytes));
        return archive.Entries.Select(entry => entry.FullName).SequenceEqual(package.EntryNames)
            && archive.GetEntry("fs.img")!.Length == package.Image.LengthBytes && package.ManifestBytes.Span.SequenceEqual(Read(archive, "manifest.yaml"))
            && (!package.IsSigned || SignatureAgrees(archive, package));
    }

    /// <summary>The checksum of an entry is looked at when the entry is read, and without a key nobody did.</summary>
    private static bool SignatureAgrees(ZipArchive archive, NpkPackage package)
    {
        try
        {
            return package.ReadSignatureBytes().AsSpan().SequenceEqual(Read(archive, "signature.yaml"));
        }
        catch (NpkException e) when (e.Code == NpkErrorCode.Entry)
        {
            return true;
        }
    }

    private static byte[] Read(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
