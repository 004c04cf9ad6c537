// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Chooses the syntax of a manifest by what its text looks like, once; no other is tried afterwards.</summary>
internal static class ManifestSyntaxDetector
{
    /// <summary>
    /// JSON begins with <c>{</c>. TOML begins with a table header or with <c>key =</c>, which is no key of a manifest in YAML. Everything else is YAML.
    /// </summary>
    internal static ManifestSyntax Detect(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart(" \t\r\n");
        if (rest.StartsWith("{"))
        {
            return ManifestSyntax.Json;
        }

        while (rest.StartsWith("#"))
        {
            int end = rest.IndexOf('\n');
            rest = end < 0 ? [] : rest[end..].TrimStart(" \t\r\n");
        }

        int length = rest.IndexOfAny('\r', '\n');
        return LooksLikeToml(length < 0 ? rest : rest[..length]) ? ManifestSyntax.Toml : ManifestSyntax.Yaml;
    }

    private static bool LooksLikeToml(ReadOnlySpan<char> line)
    {
        if (line.StartsWith("["))
        {
            return true;
        }

        while (TrySkipKey(ref line))
        {
            line = line.TrimStart(" \t");
            if (!line.StartsWith("."))
            {
                return line.StartsWith("=");
            }

            line = line[1..].TrimStart(" \t");
        }

        return false;
    }

    private static bool TrySkipKey(ref ReadOnlySpan<char> line)
    {
        int length = 0;
        if (line is ['"' or '\'', ..])
        {
            length = line[1..].IndexOf(line[0]) + 2;
            length = length == 1 ? 0 : length;
        }
        else
        {
            while (length < line.Length && (char.IsAsciiLetterOrDigit(line[length]) || line[length] is '_' or '-'))
            {
                length++;
            }
        }

        line = line[length..];
        return length > 0;
    }
}
