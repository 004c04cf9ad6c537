// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk.Archive;

/// <summary>The archive comment: a small YAML mapping that carries the version of the format.</summary>
internal static class MetaComment
{
    /// <summary>The version that packages are written with.</summary>
    internal static readonly PackageVersion Current = new(0, 9, 3);

    /// <summary>The oldest version that is read; there is no upper bound.</summary>
    internal static readonly PackageVersion Oldest = new(0, 9, 0);

    /// <summary>Returns the comment of a package that is written now.</summary>
    internal static byte[] Encode() => Encoding.ASCII.GetBytes($"version: {Current}\n");

    /// <summary>Reads the version and refuses packages that are too old.</summary>
    internal static PackageVersion Parse(PackageFile file, ReadOnlySpan<byte> comment)
    {
        if (comment.IsEmpty)
        {
            throw file.Error(
                NpkRules.CommentMissing,
                hint: "packages made in 2020 have none and cannot be read; pack the container again");
        }

        string? value = null;
        foreach (ReadOnlySpan<byte> line in Lines(comment))
        {
            if (!line.StartsWith("version:"u8))
            {
                continue;
            }

            value = value is null
                ? Text(line["version:"u8.Length..])
                : throw file.Error(NpkRules.CommentTwoVersions);
        }

        if (!PackageVersion.TryParse(value, out PackageVersion version))
        {
            throw file.Error(
                value is null ? NpkRules.CommentNoVersion : NpkRules.CommentVersionMalformed,
                hint: $"'version: {Current}' would be well-formed");
        }

        return version >= Oldest
            ? version
            : throw file.Error(
                NpkRules.VersionTooOld, $"format version {version} is too old; {Oldest} or newer is needed", hint: "pack the container again");
    }

    private static string? Text(ReadOnlySpan<byte> value)
    {
        string text = Encoding.Latin1.GetString(value).Trim(' ', '\r');
        bool quoted = text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0];
        return value.StartsWith(" "u8) ? (quoted ? text[1..^1] : text) : "";
    }

    private static List<byte[]> Lines(ReadOnlySpan<byte> comment)
    {
        List<byte[]> lines = [];
        foreach (Range range in comment.Split((byte)'\n'))
        {
            lines.Add(comment[range].ToArray());
        }

        return lines;
    }
}
