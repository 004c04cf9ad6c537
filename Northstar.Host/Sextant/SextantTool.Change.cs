// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Making packages of packages: another signature, another manifest. The image stays as it is.</content>
internal sealed partial class SextantTool
{
    private void AddSign(Command parent)
    {
        var package = new Argument<string>("NPK") { Description = "The package" };
        Option<string?> key = SigningKey("The private key to sign with");
        key.Required = true;
        Option<string[]> trusted = Trusted();
        var output = new Option<string?>("--out", "-o")
        {
            Description = "A directory, which gets NAME-VERSION.npk, or the name of the file; the package itself without it", HelpName = "PATH",
        };
        Command verb = Verb(
            parent, "sign", "Check every block of a package and sign it, again or for the first time; manifest, image, salt and UUID stay", (parsed, cancellationToken) =>
            {
                string path = parsed.GetRequiredValue(package);
                using NpkPackage npk = OpenTrusted(path, parsed.GetValue(trusted));
                using PrivateKey signer = ReadPrivateKey(parsed.GetRequiredValue(key)!);
                using var progress = new ByteProgress(_streams, $"verify {path}", npk.Image.LengthBytes);

                // A link to the package is not replaced, but what it leads to.
                string destination = parsed.GetValue(output) ?? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
                NpkBuilder.Sign(npk, signer, destination, progress, cancellationToken);
            });
        verb.Arguments.Add(package);
        Array.ForEach([key, output, trusted], (Option option) => verb.Options.Add(option));
    }

    private void AddRepack(Command parent)
    {
        var package = new Argument<string>("NPK") { Description = "The package" };
        var manifestOptions = new ManifestOptions();
        Option<string?> key = SigningKey("The private key to sign with, unsigned without it");
        Option<string> output = PackagePath();
        Option<string[]> trusted = Trusted();
        Option<string> tool = Unsquashfs();
        Command verb = Verb(
            parent, "repack", "Check every block of a package and make another of its image and a new manifest", (parsed, cancellationToken) =>
            {
                string path = parsed.GetRequiredValue(package);
                Manifest manifest = manifestOptions.Read(parsed);
                using NpkPackage npk = OpenTrusted(path, parsed.GetValue(trusted));
                using PrivateKey? signer = parsed.GetValue(key) is { } keyPath ? ReadPrivateKey(keyPath) : null;
                using (var progress = new ByteProgress(_streams, $"verify {path}", npk.Image.LengthBytes))
                {
                    npk.Verify(progress, cancellationToken);
                }

                CheckImage(manifest, npk, parsed.GetRequiredValue(tool), cancellationToken);
                NpkBuilder.Pack(
                    new NpkBuildOptions { Manifest = manifest, ImageFrom = npk, Key = signer, Warning = Warn }, parsed.GetRequiredValue(output),
                    cancellationToken);
            });
        verb.Arguments.Add(package);
        Array.ForEach([.. manifestOptions.All, output, key, trusted, tool], verb.Options.Add);
    }

    /// <summary>Refuses an image in which mounts of the manifest would fail, and warns of owners that it does not have.</summary>
    private void CheckImage(Manifest manifest, NpkPackage npk, string tool, CancellationToken cancellationToken)
    {
        IReadOnlyList<SquashfsEntry> tree = NpkUnpacker.List(npk, tool, cancellationToken);
        IReadOnlyList<string> missing = MountPoints.Missing(manifest, tree);
        if (missing.Count > 0)
        {
            throw new ToolException(
                $"repack: the image has no {string.Join(", ", missing)}, where the manifest mounts something; pack the container from its files instead");
        }

        if (tree[0].Uid != manifest.Uid || tree[0].Gid != manifest.Gid)
        {
            Warn($"the files of the image belong to {tree[0].Uid}:{tree[0].Gid}, and the manifest has {manifest.Uid}:{manifest.Gid}");
        }
    }

    private static Option<string[]> Trusted() =>
        PublicKeys("--trust", "A public key that must have signed the package; without one the old signature is not checked");

    private static NpkPackage OpenTrusted(string path, string[]? keys) =>
        NpkPackage.Open(path, new NpkReaderOptions { Keys = ReadPublicKeys(keys) });
}
