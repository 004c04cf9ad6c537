// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk;

/// <summary>Reads manifests written in YAML, JSON or TOML, and says everything that is wrong with them at once.</summary>
/// <remarks>
/// The syntax is chosen once by the look of the text: JSON begins with <c>{</c>, TOML with <c>[</c> or <c>key =</c>, everything else is YAML.
/// YAML is a subset: one document without anchors, aliases, merge keys and tags other than those of the format. Limits: 10,000 values,
/// 64 KiB a text, 16 levels of nesting and 64 below <c>custom</c>.
/// </remarks>
public static class ManifestReader
{
    /// <summary>The longest manifest, in bytes.</summary>
    public const int MaxLengthBytes = 1 << 20;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads and validates the manifest of a package.</summary>
    /// <exception cref="ManifestException">The manifest is malformed or invalid.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> utf8)
    {
        ManifestReadResult result = Read(utf8);
        return result.Manifest ?? throw new ManifestException(result.Diagnostics);
    }

    /// <summary>Reads and validates a manifest and returns all errors and warnings. A byte order mark in front is skipped.</summary>
    public static ManifestReadResult Read(ReadOnlySpan<byte> utf8, ManifestReadOptions? options = null)
    {
        options ??= new ManifestReadOptions();
        var found = new DiagnosticList();
        var syntax = ManifestSyntax.Yaml;
        Manifest? manifest = null;
        try
        {
            string text = Decode(ref utf8);
            syntax = ManifestSyntaxDetector.Detect(text);
            Node root = syntax switch
            {
                ManifestSyntax.Json => JsonFrontEnd.Read(utf8, NodeLimits.File),
                ManifestSyntax.Toml => TomlFrontEnd.Read(utf8, NodeLimits.File),
                _ => YamlFrontEnd.Read(text, NodeLimits.File),
            };
            if (root is MappingNode mapping)
            {
                NodeLimits.CheckFields(mapping);
                root = LegacyManifest.Convert(mapping, found);
            }

            manifest = ManifestBinder.Bind(root, syntax, options, found);
            found.BeginValidation();
            ManifestValidator.Validate(manifest, options.ForPacking, found);
        }
        catch (ManifestSyntaxException e)
        {
            found.Error(e.Rule, e.Place, "", e.Message);
        }

        return new ManifestReadResult(found.HasErrors ? null : manifest, syntax, found.ToList());
    }

    /// <summary>Validates a manifest that was made in code or read from a message; the diagnostics have no line and column.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="forPacking">Whether to check as strictly as before packing; see <see cref="ManifestReadOptions.ForPacking"/>.</param>
    public static IReadOnlyList<ManifestDiagnostic> Validate(Manifest manifest, bool forPacking = false)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var found = new DiagnosticList();
        ManifestBinder.CheckExtensions(manifest, found);
        ManifestValidator.Validate(manifest, forPacking, found);
        return found.ToList();
    }

    private static string Decode(ref ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLengthBytes)
        {
            throw new ManifestSyntaxException("H07", new Place(1, 1), $"the manifest has {utf8.Length} bytes, more than {MaxLengthBytes}");
        }

        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            return s_strict.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            ReadOnlySpan<byte> before = utf8[..Math.Clamp(e.Index, 0, utf8.Length)];
            int lineStart = before.LastIndexOf((byte)'\n') + 1;
            var place = new Place(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
            throw new ManifestSyntaxException("S01", place, "the text is not UTF-8");
        }
    }
}
