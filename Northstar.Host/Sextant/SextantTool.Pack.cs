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
        Manifest manifest = options.Manifest.Read(parsed);
        using PrivateKey? key = parsed.GetValue(options.Key) is { } keyPath ? ReadPrivateKey(keyPath) : null;
        DirectoryInfo? empty = parsed.GetValue(options.Root) is null ? Directory.CreateTempSubdirectory("northstar-root-") : null;
        try
        {
            using var progress = new ByteProgress(_streams, $"pack {manifest.Id}", null);
            NpkBuildOptions build = options.Fresh(parsed, new NpkBuildOptions
            {
                Manifest = manifest,
                RootDirectory = empty?.FullName ?? parsed.GetValue(options.Root),
                Key = key,
                Compression = s_compressions[parsed.GetRequiredValue(options.Compression)],
                CompressionLevel = parsed.GetValue(options.Level),
                BlockSizeBytes = parsed.GetValue(options.BlockSize),
                Processors = parsed.GetValue(options.Processors),
                MksquashfsPath = parsed.GetRequiredValue(options.Mksquashfs),
                Progress = progress,
                Warning = text => Warn($"{parsed.GetRequiredValue(options.Manifest.Path)}: {text}"),
            });
            string destination = parsed.GetRequiredValue(options.Output);
            IReadOnlyList<string> paths = Build(() => parsed.GetValue(options.Clones) is { } clones
                ? NpkBuilder.PackClones(build, destination, clones, cancellationToken)
                : [NpkBuilder.Pack(build, destination, cancellationToken)]);
            progress.Dispose();
            if (parsed.GetValue(options.Json))
            {
                _streams.Output.WriteLine(PackageJson.Packed(paths, key?.PublicKey));
            }
        }
        finally
        {
            empty?.Delete(recursive: true);
        }
    }

    private static T Build<T>(Func<T> build)
    {
        try
        {
            return build();
        }
        catch (ArgumentException e)
        {
            // The options contradict each other.
            throw new ToolException($"pack: {e.Message}", e);
        }
    }

    /// <summary>The options that pack and repack share: the manifest, and the ids that one of 2020 lacks.</summary>
    private sealed class ManifestOptions
    {
        internal Option<string> Path { get; } =
            new("--manifest-path", "-m") { Description = "The manifest: YAML, JSON or TOML", HelpName = "FILE", Required = true };

        private Option<ushort?> Uid { get; } = new("--uid") { Description = "The user id of a manifest of 2020, which has none", HelpName = "N" };

        private Option<ushort?> Gid { get; } = new("--gid") { Description = "The group id of a manifest of 2020, which has none", HelpName = "N" };

        internal Option[] All => [Path, Uid, Gid];

        internal Manifest Read(ParseResult parsed)
        {
            string path = parsed.GetRequiredValue(Path);
            ManifestReadResult result = ReadFile("manifest", path, bytes => ManifestReader.Read(bytes, new ManifestReadOptions
            {
                ForPacking = true, DefaultUid = parsed.GetValue(Uid), DefaultGid = parsed.GetValue(Gid),
            }));
            return result.Manifest ?? throw new ToolException(
                $"the manifest {path} is invalid\n" + string.Join('\n', result.Diagnostics
                    .Where(static d => d.Severity == ManifestSeverity.Error)
                    .Select(d => d.Line > 0 ? $"{path}:{d.Line}:{d.Column}: {(d.Field.Length > 0 ? d.Field + ": " : "")}{d.Message} ({d.Rule})" : d.ToString())));
        }
    }

    private sealed class PackOptions
    {
        internal ManifestOptions Manifest { get; } = new();

        internal Option<string?> Root { get; } =
            new("--root", "-r") { Description = "The directory that becomes the root file system; empty without it", HelpName = "DIR" };

        internal Option<string?> Key { get; } = SigningKey("The private key to sign with, unsigned without it");

        internal Option<string> Output { get; } = PackagePath();

        internal Option<string> Compression { get; } =
            new("--compression", "-c") { Description = "The compression of the image", DefaultValueFactory = static _ => "gzip" };

        internal Option<int?> Level { get; } = new("--level") { Description = "The compression level of gzip or zstd", HelpName = "N" };

        internal Option<int?> BlockSize { get; } = new("--block-size", "-b") { Description = "The block size of the image in bytes", HelpName = "N" };

        internal Option<int?> Processors { get; } =
            new("--processors") { Description = "How many processors mksquashfs uses; all without it. The package is the same", HelpName = "N" };

        internal Option<string> Mksquashfs { get; } =
            new("--mksquashfs") { Description = "The program that makes images", HelpName = "PATH", DefaultValueFactory = static _ => "mksquashfs" };

        internal Option<int?> Clones { get; } = new("--clones") { Description = "Write N copies under numbered names", HelpName = "N" };

        internal Option<bool> Json { get; } = new("--json", "-j") { Description = "Print what was made as one JSON object" };

        private Option<bool> Random { get; } =
            new("--random") { Description = "Take salt, UUID and time afresh, so that two packages differ" };

        internal NpkBuildOptions Fresh(ParseResult parsed, NpkBuildOptions build) => !parsed.GetValue(Random) ? build : build with
        {
            TimeStamp = DateTimeOffset.UtcNow,
            Salt = RandomNumberGenerator.GetBytes(32),
            Uuid = Guid.NewGuid(),
        };

        internal void AddTo(Command verb)
        {
            Compression.AcceptOnlyFromAmong([.. s_compressions.Keys]);
            Option[] all =
                [.. Manifest.All, Root, Key, Output, Compression, Level, BlockSize, Processors, Mksquashfs, Clones, Random, Json];
            Array.ForEach(all, verb.Options.Add);
        }
    }

    private static Option<string> PackagePath() => new("--out", "-o")
    {
        Description = "A directory, which gets NAME-VERSION.npk, or the name of the file", HelpName = "PATH", Required = true,
    };
}
