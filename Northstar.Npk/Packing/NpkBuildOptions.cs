// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>
/// What a package is made of. Exactly one of <see cref="RootDirectory"/>, <see cref="ImagePath"/> and <see cref="ImageFrom"/> is set.
/// </summary>
public sealed record NpkBuildOptions
{
    /// <summary>Gets the manifest; it is validated and written in its own normal form.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>Gets the directory that becomes the root file system, or null.</summary>
    public string? RootDirectory { get; init; }

    /// <summary>Gets a ready squashfs image, or null. The file is not changed.</summary>
    public string? ImagePath { get; init; }

    /// <summary>Gets an open package whose squashfs part is taken over, or null. It stays open.</summary>
    public NpkPackage? ImageFrom { get; init; }

    /// <summary>Gets what to sign with, a <see cref="PrivateKey"/> for example, or null for an unsigned package. It stays usable.</summary>
    public IPackageSigner? Key { get; init; }

    /// <summary>Gets the compression of the image.</summary>
    public SquashfsCompression Compression { get; init; }

    /// <summary>Gets the compression level, 1 to 9 for gzip and 1 to 22 for zstd; null for the default of mksquashfs.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Gets the block size of the image in bytes, a power of two from 4096 to 1048576; null for the default of mksquashfs.</summary>
    public int? BlockSizeBytes { get; init; }

    /// <summary>Gets the name, looked up on the search path, or the path of mksquashfs 4.5.1 or newer.</summary>
    public string MksquashfsPath { get; init; } = "mksquashfs";

    /// <summary>Gets how many processors mksquashfs uses, 1 or more; null for all. The result is the same.</summary>
    public int? Processors { get; init; }

    /// <summary>Gets what is told now and then how many bytes of the image mksquashfs has written; null for nothing.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>Gets the time stamp of everything in the image; null for <c>SOURCE_DATE_EPOCH</c>, or 1970 without it.</summary>
    public DateTimeOffset? TimeStamp { get; init; }

    /// <summary>Gets the salt of the hash tree, at most 256 bytes; null to derive 32 bytes from image and manifest.</summary>
    public ReadOnlyMemory<byte>? Salt { get; init; }

    /// <summary>Gets the UUID of the verity superblock; null to derive it from image and manifest.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Gets what is told about things that a user may want to know and that are no errors; null for nothing.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Gets the bytes of <c>manifest.yaml</c> when they are taken over as they are; null to write <see cref="Manifest"/>.</summary>
    internal ReadOnlyMemory<byte>? ManifestBytes { get; init; }

    /// <summary>Refuses contradictions. Called before anything is written.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Manifest);
        int sources = (RootDirectory is null ? 0 : 1) + (ImagePath is null ? 0 : 1) + (ImageFrom is null ? 0 : 1);
        if (sources != 1)
        {
            throw new ArgumentException($"{sources} sources of the image are given; exactly one of root directory, image and package is needed");
        }

        if (BlockSizeBytes is { } size && (size is < 4096 or > 1048576 || !int.IsPow2(size)))
        {
            throw new ArgumentException($"the block size {size} is no power of two from 4096 to 1048576");
        }

        if (Processors is < 1)
        {
            throw new ArgumentException($"{Processors} processors are given; at least 1 is needed");
        }

        int highest = Compression switch { SquashfsCompression.Gzip => 9, SquashfsCompression.Zstd => 22, _ => 0 };
        if (CompressionLevel is { } level && (level < 1 || level > highest))
        {
            throw new ArgumentException(
                $"the compression level {level} does not fit {Compression}; gzip has 1 to 9, zstd 1 to 22, the others none");
        }

        if (Salt is { Length: > VeritySuperblock.MaxSaltLengthBytes })
        {
            throw new ArgumentException($"the salt is longer than {VeritySuperblock.MaxSaltLengthBytes} bytes");
        }

        ManifestDiagnostic[] diagnostics = [.. ManifestReader.Validate(Manifest, forPacking: true)];
        if (Array.Exists(diagnostics, static diagnostic => diagnostic.Severity == ManifestSeverity.Error))
        {
            throw new ManifestException(diagnostics);
        }

        foreach (ManifestDiagnostic warning in diagnostics)
        {
            Warning?.Invoke(warning.ToString());
        }
    }
}
