// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Northstar.Npk.Archive;

namespace Northstar.Npk;

/// <summary>Where the image of a package begins and what is hashed in front of each of its blocks: enough to hash them before the package is whole.</summary>
/// <remarks>
/// Both are found behind the image, so whoever receives a package has to be told. It is a claim and proves nothing: <see cref="NpkPackage.VerifyWith"/>
/// uses digests only of a package that says the same.
/// </remarks>
/// <param name="OffsetBytes">The offset of the image in the package, a multiple of 4096 bytes.</param>
/// <param name="Salt">The salt of the hash tree, 0 to 512 lower-case hex digits, an even number.</param>
public sealed record ImageHashing(long OffsetBytes, string Salt)
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Gets a value indicating whether a package could say so.</summary>
    public bool IsPossible =>
        OffsetBytes >= 0 && OffsetBytes % ZipLayout.Alignment == 0 && Salt is { Length: <= 2 * VeritySuperblock.MaxSaltLengthBytes }
        && Salt.Length % 2 == 0 && !Salt.AsSpan().ContainsAnyExcept(s_digits);

    /// <summary>Reads it from an open package, without checking more of that than is needed to find it. Returns null for what is no package with a hash tree.</summary>
    /// <param name="file">A readable, seekable descriptor. It stays the caller's, and reads do not move its position.</param>
    public static ImageHashing? TryRead(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        bool borrowed = false;
        try
        {
            file.DangerousAddRef(ref borrowed);
            using var package = new PackageFile(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), "to send");
            return CentralDirectoryReader.Read(package, EndRecord.Read(package)).Find(static e => e.Name == StoredEntry.ImageName) is { } image
                ? TryRead(package, image)
                : null;
        }
        catch (NpkException)
        {
            return null; // whoever gets the package says what is wrong with it
        }
        finally
        {
            if (borrowed)
            {
                file.DangerousRelease();
            }
        }
    }

    private static ImageHashing? TryRead(PackageFile package, StoredEntry image)
    {
        const int BlockLength = VeritySuperblock.BlockLengthBytes;
        byte[] first = package.ReadBytes(image.DataOffsetBytes, SquashfsSuperblock.Length, image.Name);
        if (SquashfsSuperblock.TryParse(first, image.LengthBytes, out _) is not { } squashfs)
        {
            return null;
        }

        long tree = (squashfs.BytesUsed + BlockLength - 1) / BlockLength * BlockLength;
        return tree + BlockLength <= image.LengthBytes
            && VeritySuperblock.TryParse(package.ReadBytes(image.DataOffsetBytes + tree, BlockLength, image.Name), out _, out _) is { } verity
            ? new ImageHashing(image.DataOffsetBytes, Convert.ToHexStringLower(verity.Salt))
            : null;
    }
}
