// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk.Squashfs;

namespace Northstar.Npk.Packing;

/// <summary>mksquashfs or unsquashfs, found and asked for its version.</summary>
internal sealed class SquashfsTool
{
    private static readonly PackageVersion s_oldest = new(4, 5, 1);
    private static readonly PackageVersion s_attributes = new(4, 6, 0);
    private readonly string _path;

    private SquashfsTool(string path, PackageVersion version)
    {
        _path = path;
        Version = version;
    }

    internal PackageVersion Version { get; }

    /// <summary>Gets a value indicating whether pseudo files can carry extended attributes.</summary>
    internal bool HasAttributes => Version >= s_attributes;

    /// <summary>Finds the program and refuses versions below 4.5.1, whose unpacker also had holes (CVE-2021-40153, CVE-2021-41072).</summary>
    internal static SquashfsTool Find(string nameOrPath, CancellationToken cancellationToken)
    {
        string path = ToolProcess.Find(nameOrPath);
        ToolProcess.Result result = ToolProcess.Run(path, ["-version"], null, cancellationToken);
        PackageVersion version = ParseVersion(result.Output);
        if (version == default)
        {
            string said = $"{result.Output}{result.Errors}".TrimEnd();
            throw new NpkException(
                NpkRules.ToolVersion,
                $"run {path}: it does not tell its version, its exit code was {result.ExitCode}; is it a program of squashfs-tools?\n{said}".TrimEnd());
        }

        return version >= s_oldest
            ? new SquashfsTool(path, version)
            : throw new NpkException(NpkRules.ToolTooOld, $"run {path}: its version is {version}; {s_oldest} or newer is needed");
    }

    /// <summary>Reads the version from the third word of the first line; what is no number counts as 0.</summary>
    internal static PackageVersion ParseVersion(string output)
    {
        string[] words = output.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] parts = words.Length > 2 ? words[2].Split('.') : [];
        return new PackageVersion(Number(0), Number(1), Number(2));

        ulong Number(int index)
        {
            ReadOnlySpan<char> part = index < parts.Length ? parts[index] : "";
            int digits = part.IndexOfAnyExceptInRange('0', '9');
            part = digits < 0 ? part : part[..digits];
            return ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;
        }
    }

    /// <summary>
    /// Makes an image of a directory at <paramref name="offsetBytes"/> of a file. Owners are forced, times are fixed, so equal trees give equal
    /// images.
    /// </summary>
    internal void Create(
        string root, string pseudoFile, string image, long offsetBytes, NpkBuildOptions options, CancellationToken cancellationToken)
    {
        string time = TimeStamp(options).ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            Path.GetFullPath(root), image, "-noappend", "-no-progress", "-quiet", "-mkfs-time", time, "-all-time", time,
            "-force-uid", options.Manifest.Uid.ToString(CultureInfo.InvariantCulture),
            "-force-gid", options.Manifest.Gid.ToString(CultureInfo.InvariantCulture), "-pf", pseudoFile,
        ];
        if (offsetBytes > 0)
        {
            arguments.AddRange(["-offset", offsetBytes.ToString(CultureInfo.InvariantCulture)]);
        }

        if (options.Processors is { } processors)
        {
            arguments.AddRange(["-processors", processors.ToString(CultureInfo.InvariantCulture)]);
        }

        if (options.BlockSizeBytes is { } blockSize)
        {
            arguments.AddRange(["-b", blockSize.ToString(CultureInfo.InvariantCulture)]);
        }

        arguments.AddRange(options.Compression switch
        {
            SquashfsCompression.None => ["-noI", "-noD", "-noF", "-noX", "-no-fragments"],
            SquashfsCompression.Lzo => ["-comp", "lzo"],
            SquashfsCompression.Xz => ["-comp", "xz"],
            SquashfsCompression.Zstd => ["-comp", "zstd"],
            _ => ["-comp", "gzip"],
        });
        if (options.CompressionLevel is { } level)
        {
            arguments.AddRange(["-Xcompression-level", level.ToString(CultureInfo.InvariantCulture)]);
        }

        string operation = "make the image of " + root;
        string errors = Run(operation, arguments, cancellationToken, tick: () => options.Progress?.Report(Length(image))).Errors;

        // It puts an empty file in the place of one that it cannot read, and calls that success.
        if (Array.Find(errors.Split('\n'), static line => line.Contains("creating empty file", StringComparison.Ordinal)) is { } unreadable)
        {
            throw new NpkException(NpkRules.ToolEmptiedFile, $"{operation}: {unreadable}; the user who packs must be able to read every file");
        }
    }

    /// <summary>Unpacks an image into a directory that does not exist yet.</summary>
    /// <param name="image">The image.</param>
    /// <param name="destination">The directory.</param>
    /// <param name="excludeFile">A file with the paths that are left out, or null for none.</param>
    /// <param name="allAttributes">Whether extended attributes that only root can set are wanted too.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    internal void Unpack(string image, string destination, string? excludeFile, bool allAttributes, CancellationToken cancellationToken)
    {
        List<string> arguments = ["-no-progress", "-quiet", "-dest", destination];
        arguments.AddRange(allAttributes ? [] : ["-user-xattrs"]);
        arguments.AddRange(excludeFile is null ? [] : ["-no-wildcards", "-exclude-file", excludeFile]);
        arguments.Add(image);
        Run("unpack " + image, arguments, cancellationToken);
    }

    /// <summary>Lists an image.</summary>
    internal List<SquashfsEntry> List(string image, CancellationToken cancellationToken)
    {
        string root = $"root-{Guid.NewGuid():N}";
        string operation = "list " + image;
        ToolProcess.Result result = Run(operation, ["-UTC", "-lln", "-dest", root, image], cancellationToken);
        try
        {
            return SquashfsListing.Parse(result.RawOutput, root);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new NpkException(
                NpkRules.ToolListing, $"{operation}: the output of {_path} {Version} cannot be read: {exception.Message}", innerException: exception);
        }
    }

    private static long Length(string image)
    {
        FileInfo file = new(image);
        return file.Exists ? file.Length : 0;
    }

    private static long TimeStamp(NpkBuildOptions options)
    {
        long seconds = 0;
        string? variable = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        if (options.TimeStamp is null && !string.IsNullOrEmpty(variable)
            && !long.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out seconds))
        {
            throw new NpkException(NpkRules.TimeStampVariable, $"read SOURCE_DATE_EPOCH: '{variable}' is no number of seconds");
        }

        seconds = options.TimeStamp?.ToUnixTimeSeconds() ?? seconds;
        return seconds is >= 0 and <= uint.MaxValue
            ? seconds
            : throw new NpkException(NpkRules.TimeStampRange, $"set the time stamp {seconds}: squashfs has 0 to {uint.MaxValue} seconds since 1970");
    }

    private ToolProcess.Result Run(string operation, IEnumerable<string> arguments, CancellationToken cancellationToken, Action? tick = null)
    {
        ToolProcess.Result result = ToolProcess.Run(_path, arguments, tick, cancellationToken);
        return result.ExitCode == 0 ? result : throw new NpkException(
            NpkRules.ToolFailed,
            $"{operation}: {_path} {Version} ended with exit code {result.ExitCode}\n{result.Output}{result.Errors}".TrimEnd());
    }
}
