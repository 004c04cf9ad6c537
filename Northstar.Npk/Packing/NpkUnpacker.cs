// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;
using Northstar.Npk.Packing;

namespace Northstar.Npk;

/// <summary>Takes packages apart. Neither signature nor manifest is checked: open the package with a key for that.</summary>
public static class NpkUnpacker
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Writes <c>manifest.yaml</c>, <c>signature.yaml</c> if there is one, and the tree <c>root</c> into a directory, which is created if
    /// needed. Existing files of these names are replaced; an existing <c>root</c> is refused. Only root gets owners, device nodes and
    /// extended attributes outside of <c>user</c>; for other users they are left out.
    /// </summary>
    /// <param name="packagePath">The package.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="unsquashfsPath">The name or path of unsquashfs 4.5.1 or newer.</param>
    /// <param name="warning">Told what is left out; null for nothing.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="NpkException">The package is malformed, the directory cannot be written, or unsquashfs fails. Nothing is left behind.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing is left behind.</exception>
    public static void Unpack(
        string packagePath, string directory, string unsquashfsPath = "unsquashfs", Action<string>? warning = null,
        CancellationToken cancellationToken = default) =>
        Unpack(packagePath, directory, unsquashfsPath, Environment.IsPrivilegedProcess, warning, cancellationToken);

    /// <summary>Returns what is in a package's image, as unsquashfs lists it; the root directory is the first.</summary>
    /// <exception cref="NpkException">The image is damaged, or unsquashfs is missing, too old or fails.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<SquashfsEntry> List(
        NpkPackage package, string unsquashfsPath = "unsquashfs", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(package);
        SquashfsTool tool = SquashfsTool.Find(unsquashfsPath, cancellationToken);
        return Guard(NpkRules.ListUnwritable, "list the image of a package", () =>
        {
            using WorkDirectory work = new(Directory.CreateTempSubdirectory("northstar-list-").FullName);
            string image = Path.Combine(work.Path, StoredEntry.ImageName);
            WriteImage(package, image, cancellationToken);
            return tool.List(image, cancellationToken);
        });
    }

    /// <summary>Unpacks with or without what only root can do.</summary>
    internal static void Unpack(
        string packagePath, string directory, string unsquashfsPath, bool privileged, Action<string>? warning, CancellationToken cancellationToken)
    {
        SquashfsTool tool = SquashfsTool.Find(unsquashfsPath, cancellationToken);
        using NpkPackage package = NpkPackage.Open(packagePath, new NpkReaderOptions { StructureOnly = true });
        byte[]? signature = package.ReadSignatureBytes();
        Guard(NpkRules.UnpackUnwritable, $"unpack {packagePath}", () =>
        {
            using WorkDirectory? created = Directory.Exists(directory) ? null : new(Directory.CreateDirectory(directory).FullName);
            string root = Path.Combine(Path.GetFullPath(directory), "root");
            if (Path.Exists(root))
            {
                throw new NpkException(NpkRules.UnpackTargetExists, $"unpack {packagePath}: {root} exists; choose another directory");
            }

            using WorkDirectory work = new(MakePrivate(Path.Combine(Path.GetFullPath(directory), $".unpack-{Guid.NewGuid():N}")));
            using WorkDirectory tree = new(root);
            string image = Path.Combine(work.Path, StoredEntry.ImageName);
            WriteImage(package, image, cancellationToken);
            string? excludes = privileged ? null : ExcludeDevices(tool.List(image, cancellationToken), work.Path, warning);
            tool.Unpack(image, root, excludes, privileged, cancellationToken);

            // Written under other names first, so that what has the names is replaced and no link is followed.
            List<string> written = [Write(StoredEntry.ManifestName, package.ManifestBytes.Span)];
            if (signature is not null)
            {
                written.Add(Write(StoredEntry.SignatureName, signature));
            }

            written.ForEach(path => File.Move(path, Path.Combine(directory, Path.GetFileName(path)), overwrite: true));
            tree.Keep();
            created?.Keep();
            return true;

            string Write(string name, ReadOnlySpan<byte> bytes)
            {
                string path = Path.Combine(work.Path, name);
                File.WriteAllBytes(path, bytes);
                return path;
            }
        });
    }

    /// <summary>Writes the list of device nodes that unsquashfs shall leave out; null when there are none.</summary>
    private static string? ExcludeDevices(List<SquashfsEntry> entries, string workDirectory, Action<string>? warning)
    {
        string[] devices = [.. entries.Where(static entry => entry.Device is not null).Select(static entry => entry.Path.TrimStart('/'))];
        if (devices.Length == 0)
        {
            return null;
        }

        warning?.Invoke($"device nodes need root and are left out: {string.Join(", ", devices)}");
        string path = Path.Combine(workDirectory, "excludes");
        File.WriteAllLines(path, devices);
        return path;
    }

    private static string MakePrivate(string path) =>
        (OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, Private)).FullName;

    private static void WriteImage(NpkPackage package, string path, CancellationToken cancellationToken)
    {
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        package.CheckSum(piece => stream.Write(piece.Span), null, cancellationToken);
    }

    private static T Guard<T>(NpkRule rule, string operation, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(rule, $"{operation}: {exception.Message}", innerException: exception);
        }
    }
}
