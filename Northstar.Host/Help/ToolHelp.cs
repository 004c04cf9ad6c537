// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Help;

/// <summary>What the help of a tool says beside what its verbs and options say of themselves.</summary>
internal sealed class ToolHelp
{
    /// <summary>Gets what the tool is for.</summary>
    internal required string Summary { get; init; }

    /// <summary>Gets what is shown first.</summary>
    internal required Example[] Examples { get; init; }

    /// <summary>Gets the verbs by what they are for; every verb is in one group.</summary>
    internal VerbGroup[] Groups { get; init; } = [];

    /// <summary>Gets the examples of each verb.</summary>
    internal IReadOnlyDictionary<string, Example[]> VerbExamples { get; init; } = new Dictionary<string, Example[]>();

    /// <summary>Gets what stands below everything.</summary>
    internal string Footer { get; init; } = "";
}

/// <summary>A command as one types it, and what it does.</summary>
internal sealed record Example(string Line, string Meaning);

/// <summary>Verbs that belong together.</summary>
internal sealed record VerbGroup(string Title, params string[] Verbs);
