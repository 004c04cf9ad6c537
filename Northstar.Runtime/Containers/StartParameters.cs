// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>What a start request may replace of the manifest.</summary>
/// <param name="Init">The program, or null for the manifest's; <c>&lt;INIT&gt;</c> in it stands for the manifest's.</param>
/// <param name="Arguments">The arguments; empty for the manifest's.</param>
/// <param name="Environment">The environment; empty for the manifest's.</param>
internal sealed record StartParameters(string? Init, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    internal const string InitPlaceholder = "<INIT>";

    /// <summary>The most arguments, and the most variables. How long they may be, alone and together, is the kernel's to say (E2BIG of execve(2)).</summary>
    internal const int MostTexts = 65_536;

    private static readonly string[] s_reserved = ["NORTHSTAR_NAME", "NORTHSTAR_VERSION", "NORTHSTAR_CONTAINER", "NORTHSTAR_CONSOLE"];

    /// <summary>Gets parameters that replace nothing.</summary>
    internal static StartParameters None { get; } = new(null, [], new Dictionary<string, string>());

    /// <summary>Gets a value indicating whether there are more arguments or variables than a start takes.</summary>
    internal bool AreTooMany => Arguments.Count > MostTexts || Environment.Count > MostTexts;

    /// <summary>Returns the first variable of the environment that only the runtime may set, or null.</summary>
    internal string? FindReserved() => Array.Find(s_reserved, Environment.ContainsKey);

    /// <summary>Returns the program for a manifest, or null when there is none.</summary>
    internal string? ProgramFor(Manifest manifest) =>
        Init is null ? manifest.Init
        : manifest.Init is null ? Init
        : Init.Replace(InitPlaceholder, manifest.Init, StringComparison.Ordinal);
}
