// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Northstar.Npk.Archive;
using Northstar.Npk.Verity;

namespace Northstar.Npk.Packing;

/// <summary>The squashfs part of the package that is being built: a piece of an open file, with its checksum.</summary>
internal sealed class ImageSource : IDisposable
{
    private const int PieceLength = 512 << 10;
    private readonly bool _ownsFile;

    private ImageSource(PackageFile file, long offsetBytes, long lengthBytes, bool ownsFile, CancellationToken cancellationToken)
    {
        File = file;
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        _ownsFile = ownsFile;
        (Crc, Hash) = ReadAll(cancellationToken);
    }

    internal PackageFile File { get; }

    internal long OffsetBytes { get; }

    /// <summary>Gets the length, a multiple of 4096.</summary>
    internal long LengthBytes { get; }

    internal uint Crc { get; }

    /// <summary>
    /// Gets what salt and UUID are derived from, so that equal images get equal ones and others most likely do not: SHA-256 over the checksums
    /// of the pieces of 512 KiB. Nothing trusts it; a hash of the whole image would cost as much as the hash tree.
    /// </summary>
    internal byte[] Hash { get; }

    /// <summary>Makes, opens or takes over the image that the options name; temporary files go into <paramref name="workDirectory"/>.</summary>
    internal static ImageSource Create(NpkBuildOptions options, string workDirectory, CancellationToken cancellationToken)
    {
        if (options.RootDirectory is not null)
        {
            return Make(options, workDirectory, Path.Combine(workDirectory, "fs.img"), 0, cancellationToken);
        }

        if (options.ImageFrom is { } package)
        {
            return new ImageSource(package.File, package.Image.OffsetBytes, package.SquashfsLengthBytes, ownsFile: false, cancellationToken);
        }

        string path = options.ImagePath!;
        PackageFile file = PackageFile.Open(path);
        try
        {
            long length = CheckedLength(file, 0);
            if (length % ZipLayout.Alignment != 0)
            {
                if (options.Key is not null)
                {
                    throw file.Error(
                        NpkRules.ImageUnpadded, $"the image has {length} bytes, no multiple of 4096, and cannot be signed",
                        hint: "make it without -nopad");
                }

                file.Dispose();
                file = PadCopy(path, Path.Combine(workDirectory, "padded.img"));
                length = file.LengthBytes;
            }

            return new ImageSource(file, 0, length, ownsFile: true, cancellationToken);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes an image of the root directory at <paramref name="offsetBytes"/> of a file, whose other content is lost.</summary>
    internal static ImageSource Make(
        NpkBuildOptions options, string workDirectory, string path, long offsetBytes, CancellationToken cancellationToken)
    {
        RunTool(options, workDirectory, path, offsetBytes, cancellationToken);
        PackageFile file = PackageFile.Open(path);
        try
        {
            long length = CheckedLength(file, offsetBytes);
            return length % ZipLayout.Alignment == 0
                ? new ImageSource(file, offsetBytes, length, ownsFile: true, cancellationToken)
                : throw file.Error(NpkRules.ImageUnpadded, $"{options.MksquashfsPath} made an image of {length} bytes, no multiple of 4096");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Hands the image piece by piece to <paramref name="sink"/>.</summary>
    internal void ForEach(Action<ReadOnlySpan<byte>> sink, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[PieceLength];
        for (long done = 0; done < LengthBytes;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, LengthBytes - done));
            File.ReadExactly(piece, OffsetBytes + done);
            sink(piece);
            done += piece.Length;
        }
    }

    public void Dispose()
    {
        if (_ownsFile)
        {
            File.Dispose();
        }
    }

    /// <summary>Reads the image once, on all cores.</summary>
    private (uint Crc, byte[] Hash) ReadAll(CancellationToken cancellationToken)
    {
        int pieces = (int)((LengthBytes + PieceLength - 1) / PieceLength);
        byte[] checksums = new byte[pieces * sizeof(uint)];
        Workers.Run(pieces, static () => MemoryPool<byte>.Shared.Rent(PieceLength), (buffer, index) =>
        {
            Span<byte> piece = buffer.Memory.Span[..PieceLengthAt(index)];
            File.ReadExactly(piece, OffsetBytes + (index * PieceLength));
            BinaryPrimitives.WriteUInt32LittleEndian(checksums.AsSpan((int)index * sizeof(uint)), Crc32.Append(0, piece));
        }, cancellationToken);
        uint crc = 0;
        for (int i = 0; i < pieces; i++)
        {
            crc = Crc32.Combine(crc, BinaryPrimitives.ReadUInt32LittleEndian(checksums.AsSpan(i * sizeof(uint))), PieceLengthAt(i));
        }

        return (crc, SHA256.HashData(checksums));
    }

    private int PieceLengthAt(long index) => (int)Math.Min(PieceLength, LengthBytes - (index * PieceLength));

    private static void RunTool(
        NpkBuildOptions options, string workDirectory, string image, long offsetBytes, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.RootDirectory))
        {
            throw new NpkException(NpkRules.RootMissing, $"make the image of {options.RootDirectory}: no such directory");
        }

        SquashfsTool tool = SquashfsTool.Find(options.MksquashfsPath, cancellationToken);
        if (!tool.HasAttributes && options.Manifest.Mounts.Values.Any(static mount => mount is Mount.Dev))
        {
            options.Warning?.Invoke($"mksquashfs {tool.Version} cannot give device nodes extended attributes, 4.6 can; the image has them without security.selinux");
        }

        string pseudoFile = Path.Combine(workDirectory, "pseudo");
        System.IO.File.WriteAllLines(pseudoFile, PseudoFiles.Lines(options.Manifest, tool.HasAttributes));
        tool.Create(options.RootDirectory, pseudoFile, image, offsetBytes, options, cancellationToken);
    }

    /// <summary>Checks that a squashfs image is there that fits; verity data that an earlier packing put behind it is left out.</summary>
    private static long CheckedLength(PackageFile file, long offset)
    {
        long length = file.LengthBytes - offset;
        byte[] start = file.ReadBytes(offset, (int)Math.Clamp(length, 0, SquashfsSuperblock.Length));
        SquashfsSuperblock superblock = SquashfsSuperblock.TryParse(start, length, out NpkRule refused)
            ?? throw file.Error(refused, offsetBytes: offset);
        int block = VeritySuperblock.BlockLengthBytes;
        long used = (superblock.BytesUsed + block - 1) / block * block;
        if (length > uint.MaxValue)
        {
            throw file.Error(NpkRules.ImageTooLarge, $"the image has {length} bytes; a package holds at most {uint.MaxValue}");
        }

        bool hasVerity = used + block <= length && VeritySuperblock.TryParse(file.ReadBytes(offset + used, block), out _, out _) is not null;
        return hasVerity ? used : length;
    }

    private static PackageFile PadCopy(string source, string copy)
    {
        System.IO.File.Copy(source, copy);
        System.IO.File.SetAttributes(copy, FileAttributes.Normal);
        using (FileStream stream = new(copy, FileMode.Open, FileAccess.Write))
        {
            stream.SetLength((stream.Length + ZipLayout.Alignment - 1) / ZipLayout.Alignment * ZipLayout.Alignment);
        }

        return PackageFile.Open(copy);
    }
}
