// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Security.Cryptography;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Packing.</content>
internal sealed partial class SextantTool
{
    private static readonly Dictionary<string, SquashfsCompression> s_compressions = new(StringComparer.Ordinal)
    {
        ["none"] = SquashfsCompression.None, ["gzip"] = SquashfsCompression.Gzip, ["lzo"] = SquashfsCompression.Lzo, ["xz"] = SquashfsCompression.Xz,
        ["zstd"] = SquashfsCompression.Zstd,
    };

    private void AddPack(Command parent)
    {
        var options = new PackOptions();
        Command verb = Verb(parent, "pack", "Make a package", (parsed, cancellationToken) => Pack(parsed, options, cancellationToken));
        options.AddTo(verb);
    }

    private void Pack(ParseResult parsed, PackOptions options, CancellationToken cancellationToken)
    {
        string manifestPath = parsed.GetRequiredValue(options.Manifest);
        ManifestReadResult result = ReadFile("manifest", manifestPath, bytes => ManifestReader.Read(bytes, new ManifestReadOptions
        {
            ForPacking = true, DefaultUid = parsed.GetValue(options.Uid), DefaultGid = parsed.GetValue(options.Gid),
        }));
        Manifest manifest = result.Manifest ?? throw new ToolException(
            $"the manifest {manifestPath} is invalid\n" + string.Join('\n', result.Diagnostics
                .Where(static d => d.Severity == ManifestSeverity.Error)
                .Select(d => d.Line > 0 ? $"{manifestPath}:{d.Line}:{d.Column}: {(d.Field.Length > 0 ? d.Field + ": " : "")}{d.Message} ({d.Rule})" : d.ToString())));

        using PrivateKey? key = parsed.GetValue(options.Key) is { } keyPath ? KeyFiles.ReadPrivateKey(keyPath) : null;
        bool random = parsed.GetValue(options.Random);
        DirectoryInfo? empty = parsed.GetValue(options.Root) is null ? Directory.CreateTempSubdirectory("northstar-root-") : null;
        try
        {
            var build = new NpkBuildOptions
            {
                Manifest = manifest,
                RootDirectory = empty?.FullName ?? parsed.GetValue(options.Root),
                Key = key,
                Compression = s_compressions[parsed.GetRequiredValue(options.Compression)],
                CompressionLevel = parsed.GetValue(options.Level),
                BlockSizeBytes = parsed.GetValue(options.BlockSize),
                MksquashfsPath = parsed.GetRequiredValue(options.Mksquashfs),
                TimeStamp = random ? DateTimeOffset.UtcNow : null,
                Salt = random ? RandomNumberGenerator.GetBytes(32) : null,
                Uuid = random ? Guid.NewGuid() : null,
                Warning = text => _streams.Error.WriteLine($"Warning: {manifestPath}: {Printable.Line(text)}"),
            };
            Build(parsed, options, build, cancellationToken);
        }
        finally
        {
            empty?.Delete(recursive: true);
        }
    }

    private static void Build(ParseResult parsed, PackOptions options, NpkBuildOptions build, CancellationToken cancellationToken)
    {
        string destination = parsed.GetRequiredValue(options.Output);
        try
        {
            if (parsed.GetValue(options.Clones) is { } clones)
            {
                NpkBuilder.PackClones(build, destination, clones, cancellationToken);
            }
            else
            {
                NpkBuilder.Pack(build, destination, cancellationToken);
            }
        }
        catch (ArgumentException e)
        {
            // The options contradict each other.
            throw new ToolException($"pack: {e.Message}", e);
        }
    }

    private sealed class PackOptions
    {
        internal Option<string> Manifest { get; } =
            new("--manifest-path", "-m") { Description = "The manifest: YAML, JSON or TOML", HelpName = "FILE", Required = true };

        internal Option<string?> Root { get; } =
            new("--root", "-r") { Description = "The directory that becomes the root file system; empty without it", HelpName = "DIR" };

        internal Option<string?> Key { get; } = new("--key", "-k") { Description = "The private key to sign with; unsigned without it", HelpName = "FILE" };

        internal Option<string> Output { get; } = new("--out", "-o")
        {
            Description = "A directory, which gets NAME-VERSION.npk, or the name of the file", HelpName = "PATH", Required = true,
        };

        internal Option<string> Compression { get; } =
            new("--compression", "-c") { Description = "The compression of the image", DefaultValueFactory = static _ => "gzip" };

        internal Option<int?> Level { get; } = new("--level") { Description = "The compression level of gzip or zstd", HelpName = "N" };

        internal Option<int?> BlockSize { get; } = new("--block-size", "-b") { Description = "The block size of the image in bytes", HelpName = "N" };

        internal Option<string> Mksquashfs { get; } =
            new("--mksquashfs") { Description = "The program that makes images", HelpName = "PATH", DefaultValueFactory = static _ => "mksquashfs" };

        internal Option<int?> Clones { get; } = new("--clones") { Description = "Write N copies under numbered names", HelpName = "N" };

        internal Option<ushort?> Uid { get; } = new("--uid") { Description = "The user id of a manifest of 2020, which has none", HelpName = "N" };

        internal Option<ushort?> Gid { get; } = new("--gid") { Description = "The group id of a manifest of 2020, which has none", HelpName = "N" };

        internal Option<bool> Random { get; } =
            new("--random") { Description = "Take salt, UUID and time afresh, so that two packages differ" };

        internal void AddTo(Command verb)
        {
            Compression.AcceptOnlyFromAmong([.. s_compressions.Keys]);
            Option[] all = [Manifest, Root, Key, Output, Compression, Level, BlockSize, Mksquashfs, Clones, Uid, Gid, Random];
            Array.ForEach(all, verb.Options.Add);
        }
    }
}
