// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Security.Cryptography;
using Northstar.Npk.Archive;
using Northstar.Npk.Packing;
using Northstar.Npk.Signing;
using Northstar.Npk.Verity;

namespace Northstar.Npk;

/// <summary>Builds packages. Equal input gives equal bytes, whatever the clock says and wherever the input lies.</summary>
public static class NpkBuilder
{
    /// <summary>Builds a package into a directory, as <c>NAME-VERSION.npk</c>, or to a file; an existing file is replaced at the end.</summary>
    /// <returns>The path of the package.</returns>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="NpkException">Manifest, root, image or tool is unusable, or the package cannot be written. Nothing is left behind.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing is left behind.</exception>
    public static string Pack(NpkBuildOptions options, string destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        options.Validate();
        string path = FilePath(options, destination);
        return Guard(path, () => options.RootDirectory is not null && ImageOffset(options) is { } offset
            ? WithWorkDirectory(work => PackFile(path, stream =>
            {
                using ImageSource image = ImageSource.Make(options, work, stream.Name, offset, cancellationToken);
                Write(options, image, stream, isInPlace: true, cancellationToken);
            }))
            : WithImage(options, image => PackFile(options, image, path, cancellationToken), cancellationToken));
    }

    /// <summary>Builds a package into a stream, from its current position on. When it throws, what was written is incomplete.</summary>
    /// <returns>The length of the package in bytes.</returns>
    /// <exception cref="ArgumentException">The options contradict each other, or the stream cannot be written.</exception>
    /// <exception cref="NpkException">Manifest, root, image or tool is unusable, or the package cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static long Pack(NpkBuildOptions options, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(destination);
        options.Validate();
        return destination.CanWrite
            ? Guard("stream", () => WithImage(options, image => Write(options, image, destination, isInPlace: false, cancellationToken), cancellationToken))
            : throw new ArgumentException("the stream cannot be written", nameof(destination));
    }

    /// <summary>
    /// Builds copies named <c>NAME-0</c> to <c>NAME-(count - 1)</c>, padded to the digits of <paramref name="count"/>, into a directory. The
    /// image is made once. A resource container is written once, under its own name.
    /// </summary>
    /// <returns>The paths of the packages.</returns>
    /// <exception cref="ArgumentException">The options contradict each other, or the directory does not exist.</exception>
    /// <exception cref="NpkException">Manifest, root, image or tool is unusable, or a package cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<string> PackClones(
        NpkBuildOptions options, string directory, int count, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!Directory.Exists(directory))
        {
            throw new ArgumentException($"clones need an existing directory, and '{directory}' is none", nameof(directory));
        }

        if (options.Manifest.IsResource)
        {
            return [Pack(options, directory, cancellationToken)];
        }

        int digits = count.ToString(CultureInfo.InvariantCulture).Length;
        NpkBuildOptions[] clones = [.. Enumerable.Range(0, count).Select(i => options with
        {
            Manifest = options.Manifest with
            {
                Name = ContainerName.Parse($"{options.Manifest.Name}-{i.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')}"),
            },
        })];
        Array.ForEach(clones, static clone => clone.Validate());
        options.Validate();
        return clones.Length == 0 ? [] : Guard(directory, () => WithImage(options, image =>
            Array.ConvertAll(clones, clone => PackFile(clone, image, FilePath(clone, directory), cancellationToken)), cancellationToken));
    }

    /// <summary>
    /// Signs a package anew: the bytes of manifest and image stay as they are, and so do salt and UUID of a package that was signed before.
    /// Before that, every block is checked (<see cref="NpkPackage.Verify"/>). Open the package with keys to sign only what these have signed.
    /// </summary>
    /// <param name="package">The package. It stays open, and may lie at the destination.</param>
    /// <param name="signer">What to sign with.</param>
    /// <param name="destination">A directory, which gets <c>NAME-VERSION.npk</c>, or a file; an existing file is replaced at the end.</param>
    /// <param name="progress">Told how many bytes of the image are checked.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The path of the package.</returns>
    /// <exception cref="NpkException">The package is damaged or cannot be written. Nothing is left behind.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing is left behind.</exception>
    public static string Sign(
        NpkPackage package, IPackageSigner signer, string destination, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(signer);
        package.Verify(progress, cancellationToken);
        VeritySuperblock? superblock = package.ReadClaimedVerity()?.Superblock;
        return Pack(
            new NpkBuildOptions
            {
                Manifest = package.Manifest,
                ManifestBytes = package.ManifestBytes,
                ImageFrom = package,
                Key = signer,
                Salt = superblock is null ? default(ReadOnlyMemory<byte>?) : superblock.Salt.ToArray(), // a null array would be an empty salt
                Uuid = superblock?.Uuid,
            },
            destination,
            cancellationToken);
    }

    private static string FilePath(NpkBuildOptions options, string destination) =>
        Directory.Exists(destination) ? Path.Combine(destination, $"{options.Manifest.Name}-{options.Manifest.Version}.npk") : destination;

    /// <summary>
    /// Returns where in a package the image begins, or null when that depends on the length that the image will have: on how many digits it
    /// takes in the hashes document.
    /// </summary>
    private static long? ImageOffset(NpkBuildOptions options)
    {
        byte[] manifest = ManifestWriter.WriteYaml(options.Manifest);
        byte[] comment = MetaComment.Encode();
        long[] lengths = options.Key is null ? [0] : [4096, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
        long[] offsets = [.. lengths.Select(length =>
        {
            byte[]? signature = options.Key is null ? null : new byte[SignatureDocument.EncodedLength(length)];
            return (long)ArchiveFrame.Create(manifest, signature, 0, 0, comment).Prefix.Length;
        }).Distinct()];
        return offsets.Length == 1 ? offsets[0] : null;
    }

    private static T WithWorkDirectory<T>(Func<string, T> use)
    {
        using WorkDirectory work = new(Directory.CreateTempSubdirectory("northstar-pack-").FullName); // mode 0700
        return use(work.Path);
    }

    private static T WithImage<T>(NpkBuildOptions options, Func<ImageSource, T> use, CancellationToken cancellationToken) =>
        WithWorkDirectory(work =>
        {
            using ImageSource image = ImageSource.Create(options, work, cancellationToken);
            return use(image);
        });

    private static string PackFile(NpkBuildOptions options, ImageSource image, string path, CancellationToken cancellationToken) =>
        PackFile(path, stream => Write(options, image, stream, isInPlace: false, cancellationToken));

    /// <summary>Writes under another name in the same directory and renames it once it is whole and on the disk.</summary>
    private static string PackFile(string path, Action<FileStream> write)
    {
        string temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return path;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes everything but an image that was made where it belongs.</summary>
    private static long Write(
        NpkBuildOptions options, ImageSource image, Stream destination, bool isInPlace, CancellationToken cancellationToken)
    {
        byte[] manifest = options.ManifestBytes?.ToArray() ?? ManifestWriter.WriteYaml(options.Manifest);
        byte[] comment = MetaComment.Encode();
        byte[] verity = [];
        byte[]? signature = null;
        if (options.Key is { } key)
        {
            byte[] salt = options.Salt?.ToArray() ?? Derive("salt"u8, image, manifest);
            Guid uuid = options.Uuid ?? DeriveUuid(image, manifest);
            (byte[] tree, RootHash root) = HashTree.Build(image.File, image.OffsetBytes, image.LengthBytes, salt, null, cancellationToken);
            verity = [.. new VeritySuperblock(uuid, image.LengthBytes / VeritySuperblock.BlockLengthBytes, salt).Encode(), .. tree];
            signature = new SignatureDocument(SHA256.HashData(comment), SHA256.HashData(manifest), root, image.LengthBytes).Encode(key);
        }

        long length = image.LengthBytes + verity.Length;
        ArchiveFrame frame = ArchiveFrame.Create(manifest, signature, Crc32.Append(image.Crc, verity), length, comment);
        destination.Write(frame.Prefix);
        if (isInPlace)
        {
            destination.Seek(image.LengthBytes, SeekOrigin.Current);
        }
        else
        {
            image.ForEach(destination.Write, cancellationToken);
        }

        destination.Write(verity);
        destination.Write(frame.Suffix);
        destination.Flush();
        return frame.Prefix.Length + length + frame.Suffix.Length;
    }

    private static byte[] Derive(ReadOnlySpan<byte> purpose, ImageSource image, byte[] manifest) =>
        SHA256.HashData([.. "northstar verity "u8, .. purpose, .. image.Hash, .. SHA256.HashData(manifest)]);

    /// <summary>Returns a UUID of version 8, made of a hash (RFC 9562 section 5.8).</summary>
    private static Guid DeriveUuid(ImageSource image, byte[] manifest)
    {
        byte[] hash = Derive("uuid"u8, image, manifest);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    private static T Guard<T>(string destination, Func<T> pack)
    {
        try
        {
            return pack();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.PackageUnwritable, $"write package {destination}: {exception.Message}", innerException: exception);
        }
    }
}
