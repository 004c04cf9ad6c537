// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk.Archive;
using Northstar.Npk.Squashfs;

namespace Northstar.Npk.Packing;

/// <summary>The squashfs part of the package that is being built: a piece of an open file, with its checksums.</summary>
internal sealed class ImageSource : IDisposable
{
    private const int BufferLength = 1 << 20;
    private readonly bool _ownsFile;

    private ImageSource(PackageFile file, long offsetBytes, long lengthBytes, bool ownsFile, CancellationToken cancellationToken)
    {
        File = file;
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        _ownsFile = ownsFile;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEach(piece =>
        {
            Crc = Crc32.Append(Crc, piece);
            hash.AppendData(piece);
        }, cancellationToken);
        Hash = hash.GetHashAndReset();
    }

    internal PackageFile File { get; }

    internal long OffsetBytes { get; }

    /// <summary>Gets the length, a multiple of 4096.</summary>
    internal long LengthBytes { get; }

    internal uint Crc { get; private set; }

    internal byte[] Hash { get; }

    /// <summary>Makes, opens or takes over the image that the options name; temporary files go into <paramref name="workDirectory"/>.</summary>
    internal static ImageSource Create(NpkBuildOptions options, string workDirectory, CancellationToken cancellationToken)
    {
        if (options.ImageFrom is { } package)
        {
            return new ImageSource(package.File, package.Image.OffsetBytes, package.SquashfsLengthBytes, ownsFile: false, cancellationToken);
        }

        string path = options.ImagePath ?? MakeImage(options, workDirectory, cancellationToken);
        PackageFile file = PackageFile.Open(path);
        try
        {
            long length = CheckedLength(file);
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

    /// <summary>Hands the image piece by piece to <paramref name="sink"/>.</summary>
    internal void ForEach(Action<ReadOnlySpan<byte>> sink, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
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

    private static string MakeImage(NpkBuildOptions options, string workDirectory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.RootDirectory))
        {
            throw new NpkException(NpkRules.RootMissing, $"make the image of {options.RootDirectory}: no such directory");
        }

        SquashfsTool tool = SquashfsTool.Find(options.MksquashfsPath, cancellationToken);
        if (!tool.HasAttributes && options.Manifest.Mounts.Values.Any(static mount => mount is Mount.Dev))
        {
            options.Warning?.Invoke($"mksquashfs {tool.Version} cannot label device nodes; the image has them without security.selinux");
        }

        string pseudoFile = Path.Combine(workDirectory, "pseudo");
        string image = Path.Combine(workDirectory, "fs.img");
        System.IO.File.WriteAllLines(pseudoFile, PseudoFiles.Lines(options.Manifest, tool.HasAttributes));
        tool.Create(options.RootDirectory, pseudoFile, image, options, cancellationToken);
        return image;
    }

    /// <summary>Checks that the file is a squashfs image that fits; verity data that an earlier packing put behind it is left out.</summary>
    private static long CheckedLength(PackageFile file)
    {
        byte[] start = file.ReadBytes(0, (int)Math.Min(file.LengthBytes, SquashfsSuperblock.Length));
        SquashfsSuperblock superblock = SquashfsSuperblock.TryParse(start, file.LengthBytes, out NpkRule refused)
            ?? throw file.Error(refused, offsetBytes: 0);
        int block = VeritySuperblock.BlockLengthBytes;
        long used = (superblock.BytesUsed + block - 1) / block * block;
        if (file.LengthBytes > uint.MaxValue)
        {
            throw file.Error(NpkRules.ImageTooLarge, $"the image has {file.LengthBytes} bytes; a package holds at most {uint.MaxValue}");
        }

        bool hasVerity = used + block <= file.LengthBytes && VeritySuperblock.TryParse(file.ReadBytes(used, block), out _, out _) is not null;
        return hasVerity ? used : file.LengthBytes;
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
