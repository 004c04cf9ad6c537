// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How a manifest is read.</summary>
public sealed record ManifestReadOptions
{
    /// <summary>
    /// Gets a value indicating whether the manifest is about to be packed: paths and names are then checked more strictly, and what the
    /// reference runtime cannot load or treats in another way is warned of.
    /// </summary>
    public bool ForPacking { get; init; }

    /// <summary>Gets the user id of a manifest that has none, as those of 2020; null makes a missing one an error.</summary>
    public ushort? DefaultUid { get; init; }

    /// <summary>Gets the group id of a manifest that has none, as those of 2020; null makes a missing one an error.</summary>
    public ushort? DefaultGid { get; init; }
}

/// <summary>What reading a manifest gave.</summary>
/// <param name="Manifest">The manifest, or null when there is an error.</param>
/// <param name="Syntax">The syntax that the text was taken for.</param>
/// <param name="Diagnostics">Errors and warnings in the order of the text.</param>
public sealed record ManifestReadResult(Manifest? Manifest, ManifestSyntax Syntax, IReadOnlyList<ManifestDiagnostic> Diagnostics);
