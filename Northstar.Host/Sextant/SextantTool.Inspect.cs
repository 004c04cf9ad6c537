// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <content>Looking into packages.</content>
internal sealed partial class SextantTool
{
    private void AddInspect(Command parent)
    {
        var package = new Argument<string>("NPK") { Description = "The package" };
        var brief = new Option<bool>("--short", "-s") { Description = "Show one line" };
        var json = new Option<bool>("--json", "-j") { Description = "Show one JSON object" };
        Option<string> tool = Unsquashfs();
        Command verb = Verb(parent, "inspect", "Show a package; nothing is verified", (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(package);
            bool readable = parsed.GetValue(brief) || parsed.GetValue(json);
            using NpkPackage npk = NpkPackage.Open(path, new NpkReaderOptions { StructureOnly = !readable });
            if (parsed.GetValue(json))
            {
                _streams.Output.WriteLine(Printable.Lines(Json(npk)));
            }
            else if (parsed.GetValue(brief))
            {
                _streams.Output.WriteLine(
                    $"name: {npk.Manifest.Name}, version: {npk.Manifest.Version}, NPK version: {npk.FormatVersion}, "
                    + $"resource container: {(npk.Manifest.IsResource ? "yes" : "no")}");
            }
            else
            {
                InspectLong(path, npk, parsed.GetRequiredValue(tool), cancellationToken);
            }
        });
        verb.Arguments.Add(package);
        verb.Options.Add(brief);
        verb.Options.Add(json);
        verb.Options.Add(tool);
    }

    private void InspectLong(string path, NpkPackage npk, string tool, CancellationToken cancellationToken)
    {
        // First what can fail, so that nothing is half said.
        string signature = npk.ReadSignatureBytes() is { } bytes ? Encoding.UTF8.GetString(bytes) : "The package is not signed.";
        string listing = NpkUnpacker.List(npk, tool, cancellationToken);
        Section($"Package {path}", string.Join('\n', npk.EntryNames));
        Section("manifest.yaml", Encoding.UTF8.GetString(npk.ManifestBytes.Span));
        Section("signature.yaml", signature);
        Section("fs.img", listing);
    }

    private void Section(string title, string text)
    {
        string line = Printable.Line(title);
        _streams.Output.WriteLine(_streams.OutputIsTerminal ? $"\e[{(int)CellStyle.Green}m{line}\e[0m" : line);
        _streams.Output.WriteLine(Printable.Lines(text.TrimEnd('\n')));
        _streams.Output.WriteLine();
    }

    private static string Json(NpkPackage npk)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, npk.Manifest.Name.ToString());
            writer.WriteString("version"u8, npk.Manifest.Version.ToString());
            writer.WriteString("npk_version"u8, npk.FormatVersion.ToString());
            writer.WriteBoolean("resource"u8, npk.Manifest.IsResource);
            writer.WriteBoolean("signed"u8, npk.IsSigned);
            writer.WriteNumber("size"u8, npk.FileLengthBytes);
            writer.WriteStartArray("entries"u8);
            foreach (string name in npk.EntryNames)
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
            writer.WriteStartObject("image"u8);
            writer.WriteNumber("offset"u8, npk.Image.OffsetBytes);
            writer.WriteNumber("size"u8, npk.Image.LengthBytes);
            writer.WriteNumber("squashfs_size"u8, npk.SquashfsLengthBytes);
            writer.WriteString("verity_hash"u8, npk.ReadClaimedVerity()?.RootHash.ToString());
            writer.WriteEndObject();
            writer.WritePropertyName("manifest"u8);
            ManifestJson.Write(writer, npk.Manifest);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
