// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;

namespace Northstar.Tests.Support;

/// <summary>An example of <c>docs/manifest.md</c>: a block of YAML, completed with the base of the examples where it is none by itself.</summary>
/// <param name="Name">The heading it is below, and what its first line says if that is a comment.</param>
/// <param name="Text">The whole manifest.</param>
/// <param name="Fields">The fields that the block itself has.</param>
internal sealed partial record ManifestExample(string Name, string Text, IReadOnlyList<string> Fields)
{
    private const string Base = "The manifest: the base of the examples";

    /// <summary>Gets every example of the document, in its order. A block of comments alone is none.</summary>
    internal static IReadOnlyList<ManifestExample> All { get; } = Read();

    /// <summary>Returns the name, which is that of the test case.</summary>
    public override string ToString() => Name;

    private static List<ManifestExample> Read()
    {
        string document = File.ReadAllText(Path.Combine(HostProbe.Repository, "docs", "manifest.md"));
        string heading = "";
        List<(string Name, string Block)> blocks = [];
        foreach (Match match in HeadingOrBlock().Matches(document))
        {
            if (match.Groups["heading"] is { Success: true } next)
                heading = next.Value;
            else
                blocks.Add((Comment().Match(match.Groups["block"].Value) is { Success: true } comment ? $"{heading}: {comment.Groups[1].Value}" : heading, match.Groups["block"].Value));
        }

        Dictionary<string, string> foundation = Divide(blocks.Single(static b => b.Name == Base).Block);
        return [.. blocks.Select(b => Complete(b.Name, Divide(b.Block), foundation)).Where(static e => e.Fields.Count > 0)];
    }

    /// <summary>The rule of the document: fields replace those of the base, mounts join its mounts.</summary>
    private static ManifestExample Complete(string name, Dictionary<string, string> own, Dictionary<string, string> foundation)
    {
        var all = new Dictionary<string, string>(own);
        if (!own.ContainsKey("name"))
        {
            foreach ((string field, string text) in foundation)
            {
                if (!all.TryAdd(field, text) && field == "mounts")
                    all[field] = text + own[field]["mounts:\n".Length..];
            }
        }

        return new ManifestExample(name, string.Concat(all.Values), [.. own.Keys]);
    }

    /// <summary>Divides a block into its fields: each begins in the first column, except for entries of a list.</summary>
    private static Dictionary<string, string> Divide(string block) =>
        Field().Matches(block).ToDictionary(static m => m.Groups["name"].Value, static m => m.Value);

    [GeneratedRegex(@"^#+ (?<heading>.+)$|^```yaml\n(?<block>(?:.*\n)*?)```$", RegexOptions.Multiline)]
    private static partial Regex HeadingOrBlock();

    [GeneratedRegex(@"\A# (.+)\n")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?<name>\w+):.*\n(?:[ -].*\n)*", RegexOptions.Multiline)]
    private static partial Regex Field();
}
