// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Northstar.Host.Terminal;
using Northstar.Npk;

namespace Northstar.Host.Sextant;

/// <summary>What sextant prints as JSON.</summary>
internal static class PackageJson
{
    /// <summary>What was packed.</summary>
    internal static string Packed(IReadOnlyList<string> paths, PublicKey? key) => Document(writer =>
    {
        writer.WriteStartArray("packages"u8);
        foreach (string path in paths)
        {
            using NpkPackage npk = NpkPackage.Open(path);
            writer.WriteStartObject();
            writer.WriteString("path"u8, path);
            writer.WriteString("name"u8, npk.Manifest.Name.ToString());
            writer.WriteString("version"u8, npk.Manifest.Version.ToString());
            writer.WriteNumber("size"u8, npk.FileLengthBytes);
            writer.WriteString("signed_by"u8, key?.Id);
            WriteVerity(writer, npk.ReadClaimedVerity());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>What was verified.</summary>
    internal static string Verified(IReadOnlyList<Verification> results) => Document(writer =>
    {
        writer.WriteStartArray("packages"u8);
        foreach (Verification result in results)
        {
            writer.WriteStartObject();
            writer.WriteString("path"u8, result.Path);
            writer.WriteBoolean("intact"u8, result.Error is null);
            writer.WriteString("error"u8, result.Error?.Message);
            if (result.Error is null)
            {
                writer.WriteString("container"u8, result.Id?.ToString());
                writer.WriteNumber("size"u8, result.LengthBytes);
                writer.WriteNumber("seconds"u8, Math.Round(result.Time.TotalSeconds, 6));
                writer.WriteBoolean("signed"u8, result.IsSigned);
                writer.WriteString("signed_by"u8, result.Key?.Id);
                writer.WriteString("signed_hash"u8, result.SignedHash);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>What a package is.</summary>
    /// <param name="npk">The package.</param>
    /// <param name="checkedWithKeys">Whether keys were given.</param>
    /// <param name="refusal">Why it did not verify with them, or null.</param>
    /// <param name="files">What is in its image, or null to leave that out.</param>
    internal static string Inspected(NpkPackage npk, bool checkedWithKeys, string? refusal, IReadOnlyList<SquashfsEntry>? files) => Document(writer =>
    {
        writer.WriteString("name"u8, npk.Manifest.Name.ToString());
        writer.WriteString("version"u8, npk.Manifest.Version.ToString());
        writer.WriteString("npk_version"u8, npk.FormatVersion.ToString());
        writer.WriteBoolean("resource"u8, npk.Manifest.IsResource);
        writer.WriteBoolean("signed"u8, npk.IsSigned);
        if (checkedWithKeys)
        {
            writer.WriteString("signed_by"u8, npk.VerifiedBy?.Id);
            writer.WriteString("refused"u8, refusal);
        }

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
        writer.WriteEndObject();
        WriteVerity(writer, npk.ReadClaimedVerity());
        WriteSquashfs(writer, npk.Squashfs);
        writer.WritePropertyName("manifest"u8);
        ManifestJson.Write(writer, npk.Manifest);
        if (files is not null)
        {
            writer.WriteStartArray("files"u8);
            foreach (SquashfsEntry entry in files)
            {
                WriteEntry(writer, entry);
            }

            writer.WriteEndArray();
        }
    });

    private static void WriteVerity(Utf8JsonWriter writer, VerityInfo? verity)
    {
        if (verity is null)
        {
            writer.WriteNull("verity"u8);
            return;
        }

        writer.WriteStartObject("verity"u8);
        writer.WriteString("root_hash"u8, verity.RootHash.ToString());
        writer.WriteString("salt"u8, Convert.ToHexStringLower(verity.Superblock.Salt));
        writer.WriteString("uuid"u8, verity.Superblock.Uuid.ToString());
        writer.WriteNumber("data_blocks"u8, verity.Superblock.DataBlocks);
        writer.WriteNumber("tree_offset"u8, verity.TreeOffsetBytes);
        writer.WriteNumber("tree_size"u8, verity.TreeLengthBytes);
        writer.WriteEndObject();
    }

    private static void WriteSquashfs(Utf8JsonWriter writer, SquashfsSuperblock squashfs)
    {
        writer.WriteStartObject("squashfs"u8);
        writer.WriteString("compression"u8, squashfs.Compressor);
        writer.WriteNumber("block_size"u8, squashfs.BlockSizeBytes);
        writer.WriteNumber("inodes"u8, squashfs.Inodes);
        writer.WriteString("created"u8, squashfs.Created.UtcDateTime);
        writer.WriteNumber("used"u8, squashfs.BytesUsed);
        writer.WriteStartArray("flags"u8);
        foreach (string flag in squashfs.Flags)
        {
            writer.WriteStringValue(flag);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, SquashfsEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("path"u8, entry.Path);
        writer.WriteString("type"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Type.ToString()));
        writer.WriteString("mode"u8, Convert.ToString((int)entry.Mode, 8).PadLeft(4, '0'));
        writer.WriteNumber("uid"u8, entry.Uid);
        writer.WriteNumber("gid"u8, entry.Gid);
        if (entry.Device is { } device)
        {
            writer.WriteString("device"u8, device);
        }
        else
        {
            writer.WriteNumber("size"u8, entry.LengthBytes);
        }

        if (entry.LinkTarget is { } target)
        {
            writer.WriteString("target"u8, target);
        }

        writer.WriteEndObject();
    }

    private static string Document(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Printable.Lines(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
