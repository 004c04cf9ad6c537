// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>Any change of a valid package is refused, or it touched nothing that matters. No other exception ever comes out.</summary>
[TestFixture]
internal sealed class MutationTests
{
    private static readonly byte[] s_image = TestPackage.Image(3);
    private static readonly byte[] s_valid = TestPackage.Signed(s_image);
    private static readonly RootHash s_root = TestPackage.Verity(s_image).Root;

    /// <summary>What happens at one place of the file.</summary>
    internal sealed record Change(int Kind, int Offset, int Value);

    [Test]
    public void Open_ChangedBytes_AreRefusedOrDoNotMatter() => Check(Gen.Choose(0, 0), 3000);

    [Test]
    public void Open_InsertedRemovedAndCutBytes_AreRefusedOrDoNotMatter() => Check(Gen.Choose(0, 4), 2000);

    [Test]
    public void Open_RandomBytes_AreRefused()
    {
        Gen<byte[]> gen = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(600);
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(Arb.From(gen), bytes => Survives([.. s_valid[..550], .. bytes, .. s_valid[(550 + bytes.Length)..^900], .. bytes])));
    }

    private static void Check(Gen<int> kinds, int count)
    {
        Gen<int> offsets = Gen.Frequency(
            (4, Gen.Choose(0, 600)), (2, Gen.Choose(4096, 24576)), (1, Gen.Choose(16384, 16384 + 128)),
            (2, Gen.Choose(24576, 24576 + 180)), (3, Gen.Choose(s_valid.Length - 60, s_valid.Length - 1)), (1, Gen.Choose(0, s_valid.Length - 1)));
        Gen<Change[]> changes = kinds.SelectMany(kind => offsets.SelectMany(offset => Gen.Choose(0, 255).Select(value => new Change(kind, offset, value))))
            .NonEmptyListOf().Select(list => list.Take(4).ToArray());
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(Arb.From(changes), list => Survives(list.Aggregate(s_valid, Apply))));
    }

    private static byte[] Apply(byte[] bytes, Change change)
    {
        int offset = Math.Min(change.Offset, Math.Max(0, bytes.Length - 1));
        return change.Kind switch
        {
            1 => [.. bytes[..offset], (byte)change.Value, .. bytes[offset..]],
            2 => [.. bytes[..offset], .. bytes[Math.Min(bytes.Length, offset + 1)..]],
            3 => bytes[..offset],
            4 => [.. bytes[..offset], .. bytes[Math.Min(bytes.Length, offset / 2)..]],
            _ => bytes.Length == 0 ? bytes : [.. bytes[..offset], (byte)change.Value, .. bytes[(offset + 1)..]],
        };
    }

    /// <summary>Compares names, sizes and the manifest with what the base library's zip reader finds.</summary>
    private static bool OtherReaderAgrees(byte[] bytes, NpkPackage package)
    {
        using ZipArchive archive = new(new MemoryStream(bytes));
        using Stream manifest = archive.GetEntry("manifest.yaml")!.Open();
        byte[] text = new byte[TestPackage.Manifest.Length + 1];
        int length = manifest.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        return archive.Entries.Select(entry => entry.FullName).SequenceEqual(package.EntryNames)
            && archive.GetEntry("fs.img")!.Length == package.Image.LengthBytes && text.AsSpan(0, length).SequenceEqual(package.ManifestBytes.Span);
    }

    /// <summary>Opens without and with a key; what opens with a key and passes the check is the package that was signed.</summary>
    private static bool Survives(byte[] bytes)
    {
        try
        {
            TestPackage.Open(bytes, new NpkReaderOptions { StructureOnly = true }).Dispose();
            TestPackage.Open(bytes).Dispose();
        }
        catch (NpkException)
        {
        }

        try
        {
            using TestFolder folder = new();
            using SafeFileHandle copy = File.OpenHandle(folder["copy"], FileMode.CreateNew, FileAccess.ReadWrite);
            using NpkPackage package = TestPackage.Open(bytes, TestPackage.Trusting);
            package.CopyVerifiedImage(copy);
            byte[] image = new byte[RandomAccess.GetLength(copy)];
            RandomAccess.Read(copy, image, 0);
            return package.ManifestBytes.Span.SequenceEqual(TestPackage.Manifest) && package.Verity!.RootHash.Equals(s_root)
                && package.FormatVersion == new PackageVersion(0, 9, 3) && package.VerifiedBy!.Equals(TestPackage.PublicKey)
                && image.AsSpan().SequenceEqual(s_image) && OtherReaderAgrees(bytes, package);
        }
        catch (NpkException)
        {
            return true;
        }
    }
}
