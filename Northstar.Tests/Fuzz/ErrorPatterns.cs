// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Enumeration;

namespace Northstar.Tests.Fuzz;

/// <summary>Tells kinds of errors apart by their messages, for parsers whose errors have no codes; <c>*</c> stands for any text.</summary>
internal sealed class ErrorPatterns(params string[] patterns)
{
    /// <summary>Gets the kinds: the patterns themselves.</summary>
    internal IReadOnlyCollection<string> Kinds => patterns;

    /// <summary>Returns the kind of a message: its first pattern. A message without one is its own kind, which no table knows.</summary>
    internal string KindOf(string message) => Find(message) ?? message;

    /// <summary>Returns the first pattern of a message, or null.</summary>
    internal string? Find(string message) => Array.Find(patterns, pattern => FileSystemName.MatchesSimpleExpression(pattern, message, ignoreCase: false));
}
