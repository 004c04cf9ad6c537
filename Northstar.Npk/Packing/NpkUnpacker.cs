// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;
using Northstar.Npk.Packing;

namespace Northstar.Npk;

/// <summary>Takes packages apart. Neither signature nor manifest is checked: open the package with a key for that.</summary>
public static class NpkUnpacker
{
    /// <summary>
    /// Writes <c>manifest.yaml</c>, <c>signature.yaml</c> if there is one, and the tree <c>root</c> into a directory, which is created if
    /// needed. Existing files of these names are replaced; an existing <c>root</c> is refused.
    /// </summary>
    /// <param name="packagePath">The package.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="unsquashfsPath">The name or path of unsquashfs 4.5.1 or newer.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="NpkException">The package is malformed, the directory cannot be written, or unsquashfs fails; <c>fs.img</c> is kept beside
    /// in the latter case.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Unpack(
        string packagePath, string directory, string unsquashfsPath = "unsquashfs", CancellationToken cancellationToken = default)
    {
        SquashfsTool tool = SquashfsTool.Find(unsquashfsPath, cancellationToken);
        using NpkPackage package = NpkPackage.Open(packagePath, new NpkReaderOptions { StructureOnly = true });
        try
        {
            Directory.CreateDirectory(directory);
            string root = Path.Combine(directory, "root");
            if (Path.Exists(root))
            {
                throw new NpkException(NpkRules.UnpackTargetExists, $"unpack {packagePath}: {root} exists; choose another directory");
            }

            WriteFile(Path.Combine(directory, StoredEntry.ManifestName), stream => stream.Write(package.ManifestBytes.Span));
            if (package.ReadSignatureBytes() is { } signature)
            {
                WriteFile(Path.Combine(directory, StoredEntry.SignatureName), stream => stream.Write(signature));
            }

            string image = Path.Combine(directory, StoredEntry.ImageName);
            WriteImage(package, image, cancellationToken);
            tool.Unpack(Path.GetFullPath(image), Path.GetFullPath(root), cancellationToken);
            File.Delete(image);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.UnpackUnwritable, $"unpack {packagePath}: {exception.Message}", innerException: exception);
        }
    }

    /// <summary>Returns the long listing of a package's image (<c>unsquashfs -ll</c>).</summary>
    /// <exception cref="NpkException">The image is damaged, or unsquashfs is missing, too old or fails.</exception>
    public static string List(NpkPackage package, string unsquashfsPath = "unsquashfs", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(package);
        SquashfsTool tool = SquashfsTool.Find(unsquashfsPath, cancellationToken);
        DirectoryInfo work = Directory.CreateTempSubdirectory("northstar-list-");
        try
        {
            string image = Path.Combine(work.FullName, StoredEntry.ImageName);
            WriteImage(package, image, cancellationToken);
            return tool.List(image, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.ListUnwritable, $"list the image of a package: {exception.Message}", innerException: exception);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static void WriteImage(NpkPackage package, string path, CancellationToken cancellationToken) =>
        WriteFile(path, stream => package.CheckSum(piece => stream.Write(piece.Span), null, cancellationToken));

    /// <summary>Writes a new file and renames it over whatever has the name, so that no link is followed.</summary>
    private static void WriteFile(string path, Action<FileStream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
            {
                write(stream);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
