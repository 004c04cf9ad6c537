// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Thrown when a package, key or manifest is refused. The message names the file or entry, the place and the cause.</summary>
public class NpkException : Exception
{
    internal NpkException(NpkRule rule, string message, string? entry = null, long? offsetBytes = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = rule.Code;
        Rule = rule.Id;
        Entry = entry;
        OffsetBytes = offsetBytes;
    }

    /// <summary>Makes the error of a manifest: rule and place are those of its first error.</summary>
    internal NpkException(string message, string entry, IEnumerable<ManifestDiagnostic> diagnostics, Exception? innerException = null)
        : base(message, innerException)
    {
        ManifestDiagnostic first = diagnostics.First(static diagnostic => diagnostic.Severity == ManifestSeverity.Error);
        Code = NpkErrorCode.Manifest;
        Rule = first.Rule;
        Entry = entry;
        Line = first.Line > 0 ? first.Line : null;
        Column = first.Line > 0 ? first.Column : null;
    }

    /// <summary>Gets why it was refused, coarsely.</summary>
    public NpkErrorCode Code { get; }

    /// <summary>
    /// Gets the one cause, such as <c>Z18</c>; docs/errors.md lists them. Stable. For <see cref="NpkErrorCode.Manifest"/> it is mostly the rule of
    /// the first error in the manifest (<see cref="ManifestDiagnostic.Rule"/>).
    /// </summary>
    public string Rule { get; }

    /// <summary>Gets the entry of the archive that the error is in, or null.</summary>
    public string? Entry { get; }

    /// <summary>Gets the offset of the error in the entry, or in the file without one, in bytes; null where it has no place.</summary>
    public long? OffsetBytes { get; }

    /// <summary>Gets the line of the first error in a manifest, from 1; null for other errors and where there is no text.</summary>
    public int? Line { get; }

    /// <summary>Gets the column of the first error in a manifest in UTF-16 code units, from 1; null like <see cref="Line"/>.</summary>
    public int? Column { get; }
}
