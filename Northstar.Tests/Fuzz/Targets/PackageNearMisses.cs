// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>For each way in which a package is refused one that is nearly right.</summary>
internal static class PackageNearMisses
{
    /// <summary>Gets the codes that opening without a key can give, as far as structure goes.</summary>
    internal static IReadOnlyList<string> StructureCodes { get; } =
        [nameof(NpkErrorCode.Zip), nameof(NpkErrorCode.Entry), nameof(NpkErrorCode.Meta), nameof(NpkErrorCode.NoManifest), nameof(NpkErrorCode.NoImage)];

    /// <summary>Gets every code that opening with a key can give.</summary>
    internal static IReadOnlyList<string> KeyCodes { get; } =
    [
        .. StructureCodes, nameof(NpkErrorCode.NoSignature), nameof(NpkErrorCode.HashDocument), nameof(NpkErrorCode.SignatureDocument), nameof(NpkErrorCode.Signature), nameof(NpkErrorCode.MetaHash),
        nameof(NpkErrorCode.Version), nameof(NpkErrorCode.ManifestHash), nameof(NpkErrorCode.Manifest), nameof(NpkErrorCode.Verity),
    ];

    internal static IEnumerable<byte[]> All(byte[] valid)
    {
        PackageParts parts = PackageParts.TryTake(valid)!;
        yield return valid[..^1]; // Zip
        yield return [0, .. valid];
        yield return With(valid, TestPackage.IndexOf(valid, "name: demo"), (byte)'N'); // Entry: checksum
        yield return (parts with { Manifest = [.. parts.Manifest, 0xFF] }).Write(); // Entry: no UTF-8
        yield return (parts with { Comment = new byte[5000] }).Write(); // Meta: too long
        yield return (parts with { Comment = "x: y"u8.ToArray() }).Sign(Same).Write(); // Meta: no version
        yield return (parts with { Comment = "version: 0.8.0\n"u8.ToArray() }).Sign(Same).Write(); // Version
        yield return new RawZip { Comment = TestPackage.Comment }.Add("signature.yaml", parts.Signature!).AddImage(parts.Image).ToArray(); // NoManifest
        yield return new RawZip { Comment = TestPackage.Comment }.Add("manifest.yaml", parts.Manifest).Add("signature.yaml", parts.Signature!).ToArray(); // NoImage
        yield return (parts with { Image = parts.Image[..^1] }).Write(); // NoImage: length
        yield return (parts with { Image = new byte[parts.Image.Length] }).Write();
        yield return (parts with { Signature = null }).Write(); // NoSignature
        yield return (parts with { Signature = [.. parts.Signature!, (byte)'x'] }).Write(); // SignatureDocument
        yield return (parts with { Signature = [(byte)'M', .. parts.Signature!.AsSpan(1)] }).Write(); // Signature
        yield return parts.Sign(hashes => [(byte)'M', .. hashes.AsSpan(1)]).Write(); // HashDocument
        yield return (parts with { Comment = "version: 0.9.4\n"u8.ToArray() }).Write(); // MetaHash
        yield return (parts with { Manifest = [.. parts.Manifest, (byte)'\n'] }).Write(); // ManifestHash
        yield return (parts with { Manifest = [.. parts.Manifest, .. "foo: 1\n"u8] }).Sign(Same).Write(); // Manifest
        yield return parts.Sign(hashes => Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(hashes).Replace("offset: 4096", "offset: 8192", StringComparison.Ordinal))).Write(); // Verity
        yield return (parts with { Image = With(parts.Image, 4096, (byte)'V') }).Write();
    }

    private static byte[] Same(byte[] hashes) => hashes;

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        bytes = [.. bytes];
        bytes[offset] = value;
        return bytes;
    }
}
