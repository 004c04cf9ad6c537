// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace Northstar.Npk;

/// <summary>A requirement on versions as Cargo writes it: <c>^1.2</c>, <c>&gt;=1.0, &lt;2</c>, <c>1.*</c>, <c>*</c>.</summary>
/// <remarks>Comparators are separated by commas and must all hold; a bare version means a caret. At most 32 comparators.</remarks>
public sealed class VersionRequirement : IEquatable<VersionRequirement>
{
    /// <summary>The most comparators a requirement may have.</summary>
    public const int MaxComparators = 32;

    private readonly VersionComparator[] _comparators;

    private VersionRequirement(VersionComparator[] comparators) => _comparators = comparators;

    /// <summary>Parses a requirement.</summary>
    /// <exception cref="FormatException">The text is no requirement.</exception>
    public static VersionRequirement Parse(string text) =>
        TryParse(text, out VersionRequirement? requirement)
            ? requirement
            : throw new FormatException($"invalid version requirement '{text}': comparators such as '>=1.2, <2', '1.2.3' or '*' are needed");

    /// <summary>Parses a requirement and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionRequirement? requirement)
    {
        requirement = null;
        if (text is null)
        {
            return false;
        }

        ReadOnlySpan<char> trimmed = text.AsSpan().Trim(' ');
        if (trimmed is "*" or "x" or "X")
        {
            requirement = new VersionRequirement([]);
            return true;
        }

        var comparators = new List<VersionComparator>();
        foreach (Range range in trimmed.Split(','))
        {
            if (comparators.Count == MaxComparators || !VersionComparator.TryParse(trimmed[range].Trim(' '), out VersionComparator comparator))
            {
                return false;
            }

            comparators.Add(comparator);
        }

        requirement = new VersionRequirement([.. comparators]);
        return true;
    }

    /// <summary>Tells whether <paramref name="version"/> meets every comparator.</summary>
    public bool Matches(PackageVersion version) => Array.TrueForAll(_comparators, c => c.Matches(version));

    /// <summary>Returns the normal form: operators written out, comparators joined by a comma and a blank.</summary>
    public override string ToString() => _comparators.Length == 0 ? "*" : string.Join(", ", _comparators);

    /// <summary>Compares the normal forms.</summary>
    public bool Equals(VersionRequirement? other) => other is not null && _comparators.AsSpan().SequenceEqual(other._comparators);

    /// <summary>Compares the normal forms.</summary>
    public override bool Equals(object? obj) => Equals(obj as VersionRequirement);

    /// <summary>Returns the hash of the normal form.</summary>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
