// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk.Archive;
using Northstar.Npk.Signing;
using Northstar.Npk.Verity;

namespace Northstar.Npk;

/// <summary>An open package: its manifest, where its image is, and what the image is verified with. Disposing closes the file.</summary>
/// <remarks>
/// Opening checks structure, signature, manifest and verity superblock; <see cref="Verify"/> checks the image itself. All reads go to one
/// descriptor, <see cref="Handle"/>, so what was checked is what is used, whatever happens to the path. Safe for use by several threads.
/// </remarks>
public sealed partial class NpkPackage : IDisposable
{
    private const int SectorLengthBytes = 512;

    private readonly PackageFile _file;
    private readonly List<StoredEntry> _entries;
    private readonly StoredEntry _image;
    private readonly Action<OpenStep>? _observer;
    private readonly Lazy<PackageVersion> _formatVersion;
    private readonly Lazy<Manifest> _manifest;

    private NpkPackage(PackageFile file, NpkReaderOptions options)
    {
        _file = file;
        _observer = options.Observer;
        EndRecord end = EndRecord.Read(file);
        _entries = CentralDirectoryReader.Read(file, end);
        _observer?.Invoke(OpenStep.StructureRead);
        SignatureDocument? signed = options.Keys.Count > 0 ? ReadVerifiedSignature(options.Keys, end.Comment) : null;
        _formatVersion = new(() => ParseComment(end.Comment));
        if (!options.StructureOnly)
        {
            _ = FormatVersion;
        }

        ManifestBytes = ReadManifest(signed);
        _manifest = new(ParseManifest);
        if (!options.StructureOnly)
        {
            _ = Manifest;
        }

        _image = FindImage();
        Verity = signed is null ? null : ReadVerity(signed);
        Squashfs = ReadSquashfs(Verity);
        SquashfsLengthBytes = Verity?.SuperblockOffsetBytes ?? Math.Min(_image.LengthBytes, (Squashfs.BytesUsed + 4095) / 4096 * 4096);
    }

    /// <summary>Gets the manifest.</summary>
    /// <exception cref="NpkException">Only with <see cref="NpkReaderOptions.StructureOnly"/>: it is malformed or invalid.</exception>
    public Manifest Manifest => _manifest.Value;

    /// <summary>Gets the bytes of <c>manifest.yaml</c> as they are stored.</summary>
    public ReadOnlyMemory<byte> ManifestBytes { get; }

    /// <summary>Gets the version of the format, from the archive comment.</summary>
    /// <exception cref="NpkException">Only with <see cref="NpkReaderOptions.StructureOnly"/>: it is malformed or too old.</exception>
    public PackageVersion FormatVersion => _formatVersion.Value;

    /// <summary>Gets where <c>fs.img</c> is in the file.</summary>
    public ImageExtent Image => new(_image.DataOffsetBytes, _image.LengthBytes);

    /// <summary>
    /// Gets the length of the squashfs part of <c>fs.img</c> in bytes: from the signed document when the signature was verified, else what
    /// the image says it uses, rounded up to 4096 bytes where the entry is long enough.
    /// </summary>
    public long SquashfsLengthBytes { get; }

    /// <summary>Gets what the superblock of the squashfs part says. Only <see cref="Verify"/> checks it.</summary>
    public SquashfsSuperblock Squashfs { get; }

    /// <summary>Gets what the image is verified with, or null when the package was opened without a key.</summary>
    public VerityInfo? Verity { get; }

    /// <summary>Gets the key that signed the package, or null when it was opened without a key.</summary>
    public PublicKey? VerifiedBy { get; private set; }

    /// <summary>
    /// Gets the SHA-256 of what the signature covers, 64 lower-case hex digits, or null when the package was opened without a key. Packages
    /// with the same manifest, image and hash tree have the same, whoever signed them.
    /// </summary>
    public string? SignedHash { get; private set; }

    /// <summary>Gets a value indicating whether the package has a <c>signature.yaml</c>, checked or not.</summary>
    public bool IsSigned => _entries.Exists(static entry => entry.Name == StoredEntry.SignatureName);

    /// <summary>Gets the names of the entries in the order of the directory.</summary>
    public IReadOnlyList<string> EntryNames => [.. _entries.Select(static entry => entry.Name)];

    /// <summary>Gets the length of the file in bytes.</summary>
    public long FileLengthBytes => _file.LengthBytes;

    /// <summary>Gets the descriptor that everything was read from, for the loop device. The package keeps owning it.</summary>
    public SafeFileHandle Handle => _file.Handle;

    internal PackageFile File => _file;

    /// <summary>Opens a package by its path. Symbolic links are followed; who must not follow them opens the file and passes the descriptor.</summary>
    /// <exception cref="NpkException">The file cannot be opened, or it is no package, or no key verifies it.</exception>
    public static NpkPackage Open(string path, NpkReaderOptions? options = null) => Open(PackageFile.Open(path), options);

    /// <summary>Opens a package by a descriptor and takes ownership of it, also when it throws.</summary>
    /// <param name="handle">A readable, seekable descriptor; reads do not move its position.</param>
    /// <param name="displayName">What errors call the file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <exception cref="NpkException">The descriptor is no package, or no key verifies it.</exception>
    public static NpkPackage Open(SafeFileHandle handle, string displayName, NpkReaderOptions? options = null) =>
        Open(new PackageFile(handle, displayName), options);

    /// <summary>Returns the bytes of <c>signature.yaml</c>, or null when the package is not signed. They are not verified by this.</summary>
    /// <exception cref="NpkException">The entry cannot be read.</exception>
    public byte[]? ReadSignatureBytes() =>
        _entries.Find(static entry => entry.Name == StoredEntry.SignatureName) is { } entry ? ReadEntry(entry) : null;

    /// <summary>
    /// Returns what <c>signature.yaml</c> claims about the image, without knowing who signed it; null when the package is not signed. For
    /// display only: trust <see cref="Verity"/>.
    /// </summary>
    /// <exception cref="NpkException">The document or the superblock is malformed.</exception>
    public VerityInfo? ReadClaimedVerity()
    {
        if (Verity is not null || ReadSignatureBytes() is not { } document)
        {
            return Verity;
        }

        int length = SignatureDocument.Split(_file, document, stackalloc byte[Ed25519.SignatureLength]);
        return ReadVerity(SignatureDocument.Parse(_file, document.AsSpan(0, length)));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static NpkPackage Open(PackageFile file, NpkReaderOptions? options)
    {
        try
        {
            return new NpkPackage(file, options ?? new NpkReaderOptions());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private byte[] ReadEntry(StoredEntry entry)
    {
        byte[] bytes = _file.ReadBytes(entry.DataOffsetBytes, (int)entry.LengthBytes, entry.Name);
        return Crc32.Append(0, bytes) == entry.Crc
            ? bytes
            : throw _file.Error(NpkRules.EntryChecksum, entry: entry.Name, hint: "the file is damaged");
    }

    private SignatureDocument ReadVerifiedSignature(IReadOnlyList<PublicKey> keys, ReadOnlySpan<byte> comment)
    {
        byte[] document = ReadSignatureBytes() ?? throw _file.Error(
            NpkRules.NotSigned, hint: "a key is configured, so an unsigned package is refused");
        Span<byte> signature = stackalloc byte[Ed25519.SignatureLength];
        ReadOnlySpan<byte> signed = document.AsSpan(0, SignatureDocument.Split(_file, document, signature));
        foreach (PublicKey key in keys)
        {
            if (key.Verify(signed, signature))
            {
                VerifiedBy = key;
                break;
            }
        }

        if (VerifiedBy is null)
        {
            throw _file.Error(
                NpkRules.SignatureWrong, entry: StoredEntry.SignatureName,
                hint: "the package was changed, or it was signed with another key");
        }

        _observer?.Invoke(OpenStep.SignatureVerified);
        SignatureDocument hashes = SignatureDocument.Parse(_file, signed);
        SignedHash = Convert.ToHexStringLower(SHA256.HashData(signed));
        _observer?.Invoke(OpenStep.HashesParsed);
        if (!SHA256.HashData(comment).AsSpan().SequenceEqual(hashes.MetaHash))
        {
            throw _file.Error(NpkRules.CommentNotSigned);
        }

        _observer?.Invoke(OpenStep.CommentMatched);
        return hashes;
    }

    private byte[] ReadManifest(SignatureDocument? signed)
    {
        StoredEntry entry = _entries.Find(static entry => entry.Name == StoredEntry.ManifestName)
            ?? throw _file.Error(NpkRules.NoManifest);
        byte[] bytes = ReadEntry(entry);
        if (signed is not null && !SHA256.HashData(bytes).AsSpan().SequenceEqual(signed.ManifestHash))
        {
            throw _file.Error(NpkRules.ManifestNotSigned, entry: entry.Name);
        }

        _observer?.Invoke(OpenStep.ManifestMatched);
        return Utf8.IsValid(bytes) ? bytes : throw _file.Error(NpkRules.EntryNotUtf8, entry: entry.Name);
    }

    private PackageVersion ParseComment(byte[] comment)
    {
        PackageVersion version = MetaComment.Parse(_file, comment);
        _observer?.Invoke(OpenStep.CommentParsed);
        return version;
    }

    private Manifest ParseManifest()
    {
        try
        {
            Manifest manifest = ManifestReader.Parse(ManifestBytes.Span);
            _observer?.Invoke(OpenStep.ManifestParsed);
            return manifest;
        }
        catch (ManifestException exception)
        {
            string text = $"read package {_file.Name}: {StoredEntry.ManifestName}: {exception.Message}";
            throw new NpkException(text, StoredEntry.ManifestName, exception.Diagnostics, exception);
        }
    }

    private StoredEntry FindImage()
    {
        StoredEntry image = _entries.Find(static entry => entry.Name == StoredEntry.ImageName)
            ?? throw _file.Error(NpkRules.NoImage);
        NpkRule? fault = image.DataOffsetBytes % ZipLayout.Alignment != 0 ? NpkRules.ImageUnaligned
            : image.LengthBytes % SectorLengthBytes != 0 ? NpkRules.ImageOddLength : null;
        return fault is null ? image : throw _file.Error(
            fault, $"the image of {image.LengthBytes} bytes at offset 0x{image.DataOffsetBytes:X} cannot be mounted in place",
            image.Name, hint: "the offset must be a multiple of 4096 and the length of 512; pack the container again");
    }

    private VerityInfo ReadVerity(SignatureDocument signed)
    {
        long offset = signed.VerityOffsetBytes;
        int block = VeritySuperblock.BlockLengthBytes;
        NpkRule? fault = offset == 0 ? NpkRules.VerityOffsetZero
            : offset % block != 0 ? NpkRules.VerityOffsetUnaligned
            : offset > _image.LengthBytes - block ? NpkRules.VerityOffsetOutside : null;
        if (fault is not null)
        {
            throw _file.Error(fault, $"the verity offset {offset} is no place in the image of {_image.LengthBytes} bytes", _image.Name);
        }

        VeritySuperblock superblock = VeritySuperblock.TryParse(
            _file.ReadBytes(_image.DataOffsetBytes + offset, block, _image.Name), out NpkRule refused, out int field)
            ?? throw _file.Error(refused, entry: _image.Name, offsetBytes: offset + field);
        HashTreeLayout layout = new(offset);
        if (superblock.DataBlocks != layout.DataBlocks)
        {
            throw _file.Error(
                NpkRules.VerityDataBlocks, $"the superblock counts {superblock.DataBlocks} data blocks instead of {layout.DataBlocks}", _image.Name,
                offset + VeritySuperblockLayout.DataBlocks);
        }

        if (offset + block + layout.LengthBytes != _image.LengthBytes)
        {
            throw _file.Error(
                NpkRules.VerityLength,
                $"the image has {_image.LengthBytes} bytes; with its hash tree it must have {offset + block + layout.LengthBytes}",
                _image.Name, offset);
        }

        return new VerityInfo(signed.VerityHash, superblock, offset, offset + block, layout.LengthBytes);
    }

    private SquashfsSuperblock ReadSquashfs(VerityInfo? verity)
    {
        long available = verity?.SuperblockOffsetBytes ?? _image.LengthBytes;
        byte[] bytes = _file.ReadBytes(_image.DataOffsetBytes, (int)Math.Min(available, SquashfsSuperblock.Length), _image.Name);
        return SquashfsSuperblock.TryParse(bytes, available, out NpkRule refused)
            ?? throw _file.Error(refused, entry: _image.Name, offsetBytes: 0);
    }
}
