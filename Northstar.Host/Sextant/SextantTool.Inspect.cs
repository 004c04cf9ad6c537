// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Globalization;
using System.Text;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Looking into packages.</content>
internal sealed partial class SextantTool
{
    private void AddInspect(Command parent)
    {
        var package = new Argument<string>("NPK") { Description = "The package" };
        var brief = new Option<bool>("--short", "-s") { Description = "Show one line; with --json leave out the files of the image" };
        var json = new Option<bool>("--json", "-j") { Description = "Show one JSON object" };
        Option<string[]> keys = PublicKeys("--key", "A public key; tells whether it signed the package", "-k");
        Option<string> tool = Unsquashfs();
        Command verb = Verb(parent, "inspect", "Show a package; its image is not verified", (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(package);
            PublicKey[] known = ReadPublicKeys(parsed.GetValue(keys));
            bool structureOnly = !parsed.GetValue(brief) && !parsed.GetValue(json);
            using NpkPackage npk = OpenClaimed(path, known, structureOnly, out string? refusal);
            if (parsed.GetValue(json))
            {
                IReadOnlyList<SquashfsEntry>? files = parsed.GetValue(brief) ? null : NpkUnpacker.List(npk, parsed.GetRequiredValue(tool), cancellationToken);
                _streams.Output.WriteLine(PackageJson.Inspected(npk, known.Length > 0, refusal, files));
            }
            else if (parsed.GetValue(brief))
            {
                _streams.Output.WriteLine(
                    $"name: {npk.Manifest.Name}, version: {npk.Manifest.Version}, NPK version: {npk.FormatVersion}, "
                    + $"resource container: {(npk.Manifest.IsResource ? "yes" : "no")}");
            }
            else
            {
                InspectLong(path, npk, refusal, parsed.GetRequiredValue(tool), cancellationToken);
            }
        });
        verb.Arguments.Add(package);
        Array.ForEach([brief, json, keys, tool], (Option option) => verb.Options.Add(option));
    }

    /// <summary>Opens a package with keys if they verify it, else without them, and tells why.</summary>
    private static NpkPackage OpenClaimed(string path, PublicKey[] keys, bool structureOnly, out string? refusal)
    {
        refusal = null;
        if (keys.Length > 0)
        {
            try
            {
                return NpkPackage.Open(path, new NpkReaderOptions { Keys = keys, StructureOnly = structureOnly });
            }
            catch (NpkException e)
            {
                refusal = e.Message;
            }
        }

        return NpkPackage.Open(path, new NpkReaderOptions { StructureOnly = structureOnly });
    }

    private void InspectLong(string path, NpkPackage npk, string? refusal, string tool, CancellationToken cancellationToken)
    {
        // First what can fail, so that nothing is half said.
        string signature = npk.ReadSignatureBytes() is { } bytes ? Encoding.UTF8.GetString(bytes) : "The package is not signed.";
        IReadOnlyList<SquashfsEntry> listing = NpkUnpacker.List(npk, tool, cancellationToken);
        Section($"Package {path}", npk.EntryNames);
        Section("manifest.yaml", Encoding.UTF8.GetString(npk.ManifestBytes.Span).TrimEnd('\n').Split('\n'));
        Section("signature.yaml", signature.TrimEnd('\n').Split('\n'));
        Section("Integrity", Integrity(npk, refusal));
        Section("Image", Image(npk));
        Section("fs.img", listing.Select(static entry => Printable.Line(entry.ToString())));
    }

    private static List<string> Integrity(NpkPackage npk, string? refusal)
    {
        List<string> lines =
        [
            npk.VerifiedBy is { } key ? $"signed by:   {key.Id}"
                : refusal is not null ? $"signed by:   none of the given keys: {refusal}"
                : npk.IsSigned ? "signed by:   not checked, no --key" : "signed by:   nobody",
        ];
        try
        {
            if (npk.ReadClaimedVerity() is { } verity)
            {
                string salt = Convert.ToHexStringLower(verity.Superblock.Salt);
                lines.AddRange(
                [
                    $"root hash:   {verity.RootHash}",
                    $"salt:        {(salt.Length == 0 ? "none" : salt)}",
                    $"UUID:        {verity.Superblock.Uuid}",
                    $"data blocks: {verity.Superblock.DataBlocks} of {VeritySuperblock.BlockLengthBytes} bytes",
                    $"hash tree:   {verity.TreeLengthBytes} bytes at offset {verity.TreeOffsetBytes} of fs.img",
                ]);
            }
        }
        catch (NpkException e)
        {
            lines.Add(e.Message);
        }

        return lines;
    }

    private static string[] Image(NpkPackage npk)
    {
        SquashfsSuperblock squashfs = npk.Squashfs;
        return
        [
            $"extent:      {npk.Image.LengthBytes} bytes at offset {npk.Image.OffsetBytes} of the package",
            $"squashfs:    {npk.SquashfsLengthBytes} bytes, {squashfs.BytesUsed} used",
            $"compression: {squashfs.Compressor}, blocks of {squashfs.BlockSizeBytes} bytes",
            $"inodes:      {squashfs.Inodes}",
            $"created:     {squashfs.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC",
            $"flags:       {(squashfs.Flags.Count == 0 ? "none" : string.Join(", ", squashfs.Flags))}",
        ];
    }

    private void Section(string title, IEnumerable<string> lines)
    {
        string line = Printable.Line(title);
        _streams.Output.WriteLine(_streams.Colours ? $"\e[{(int)CellStyle.Green}m{line}\e[0m" : line);
        foreach (string text in lines)
        {
            _streams.Output.WriteLine(Printable.Lines(text));
        }

        _streams.Output.WriteLine();
    }
}
