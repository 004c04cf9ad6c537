// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Thrown when a manifest is refused. The message lists its errors, one a line.</summary>
public sealed class ManifestException : NpkException
{
    internal ManifestException(IReadOnlyList<ManifestDiagnostic> diagnostics)
        : base(Describe(diagnostics), NpkEntry, diagnostics) => Diagnostics = diagnostics;

    /// <summary>Gets everything that was found, errors and warnings, in the order of the text.</summary>
    public IReadOnlyList<ManifestDiagnostic> Diagnostics { get; }

    private const string NpkEntry = "manifest.yaml";

    private static string Describe(IReadOnlyList<ManifestDiagnostic> diagnostics) =>
        "invalid manifest: " + string.Join("\n", diagnostics.Where(d => d.Severity == ManifestSeverity.Error));
}
