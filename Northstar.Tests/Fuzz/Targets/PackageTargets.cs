// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// Packages as a whole: as a tool looks at them, as a runtime with a key opens them, and signed by somebody who has the key. What opens is what another zip
/// reader finds; what passes with a key and
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
        byte[][] golden = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "packages"),
            "*.npk").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        byte[][] all = [.. signed, TestPackage.Unsigned(one), .. golden, .. PackageNearMisses.All()];
        byte[][] corpus = [.. all.Where(bytes => bytes.Length < 100_000)];
        byte[][] large = [.. all.Where(bytes => bytes.Length >= 100_000)];
        string[] structure = [.. PackageNearMisses.Rules("ZI").Except(["Z13"]), "E01", "E02", "E03", "E05", "M01", "B18"];
        string[] withKey = [.. structure.Except(["B18"]), .. PackageNearMisses.Rules("MGAB").Except(["B18", "M01"]), PackageNearMisses.Manifest];
        yield return Target("package", corpus, sign: false, new NpkReaderOptions { StructureOnly = true }, CheckOpen) with
        {
            Probes = large,
            Kinds = structure,
            OtherKinds = withKey
        };
        yield return Target("package-with-key", corpus, sign: false, TestPackage.Trusting, (bytes, package) =>
            CheckSigned(bytes, package, [.. signed, .. golden])) with
        { Probes = large, Kinds = withKey };
        yield return Target("package-signed-anew", signed, sign: true, TestPackage.Trusting, CheckOpen) with { OtherKinds = withKey };
        yield return Zip64Target.Create();
    }

    private static FuzzTarget Target(string name, byte[][] corpus, bool sign, NpkReaderOptions options, Action<byte[], NpkPackage> check)
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
                return new FuzzOutcome(OpenAndVerify(file.Value.Open(), options));
            },
            Check = (bytes, value) => check(bytes, (NpkPackage)value),
            Refusal = PackagePartTargets.Refusal,
            AllocationCapBytes = 8 << 20,
            Cases = 10_000,
            Finish = () => file.Value.Dispose(),
        };
    }

    private static NpkPackage OpenAndVerify(SafeFileHandle file, NpkReaderOptions options)
    {
        NpkPackage package = NpkPackage.Open(file, "fuzz", options);
        try
        {
            package.Verify();
            return package;
        }
        catch
        {
            package.Dispose();
            throw;
        }
    }

    private static void CheckOpen(byte[] bytes, NpkPackage package)
    {
        FuzzException.Require(OtherReaderAgrees(bytes, package), "H-01: another zip reader finds something else");
        FuzzException.Require(package.FileLengthBytes == bytes.Length && package.Image.OffsetBytes % 4096 == 0
            && package.SquashfsLengthBytes <= package.Image.LengthBytes, "the image is in the file");
        VerityInfo? claimed = package.ReadClaimedVerity();
        FuzzException.Require(claimed is null || claimed.TreeOffsetBytes + claimed.TreeLengthBytes == package.Image.LengthBytes, "H-11: the tree ends with the image");
        try
        {
            FuzzException.Require(package.FormatVersion >= new PackageVersion(0, 9, 0) && package.Manifest.Uid != 0, "what is read is valid");
        }
        catch (NpkException)
        {
            // Of a package that was opened for its structure alone these are read when they are asked for.
        }
    }

    private static void CheckSigned(byte[] bytes, NpkPackage package, byte[][] signed)
    {
        CheckOpen(bytes, package);
        using var copy = new MemoryFile("copy");
        using (SafeFileHandle writable = copy.OpenWritable())
        {
            package.CopyVerifiedImage(writable);
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
            && (!package.IsSigned || package.ReadSignatureBytes().AsSpan().SequenceEqual(Read(archive, "signature.yaml")));
    }

    private static byte[] Read(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
