// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Something wrong or doubtful in a manifest.</summary>
/// <param name="Severity">Whether the manifest is refused for it.</param>
/// <param name="Rule">
/// The code of the rule: <c>S</c> syntax, <c>P</c> form, <c>V</c> validity, <c>D</c> difference to the reference runtime, <c>H</c> hardening,
/// <c>L</c> manifest of 2020, <c>X</c> extension.
/// </param>
/// <param name="Line">The line, from 1; 0 where there is no text.</param>
/// <param name="Column">The column in UTF-16 code units, from 1; 0 where there is no text.</param>
/// <param name="Field">The path of the field, such as <c>mounts["/lib"].options</c>; empty for the manifest as a whole.</param>
/// <param name="Message">What is wrong and what would be right, without the place.</param>
public sealed record ManifestDiagnostic(ManifestSeverity Severity, string Rule, int Line, int Column, string Field, string Message)
{
    /// <summary>Returns place, field, message and rule on one line.</summary>
    public override string ToString() =>
        (Line > 0 ? $"line {Line}, column {Column}: " : "") + (Field.Length > 0 ? $"{Field}: " : "") + $"{Message} ({Rule})";
}

/// <summary>The weight of a <see cref="ManifestDiagnostic"/>.</summary>
public enum ManifestSeverity
{
    /// <summary>The manifest is used as it is.</summary>
    Warning,

    /// <summary>The manifest is refused.</summary>
    Error,
}
