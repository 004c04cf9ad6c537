// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Nstar;

/// <summary>What stands behind the container of <c>start</c>: <c>[KEY=VALUE ...] [INIT [ARGUMENT ...]]</c>.</summary>
/// <param name="Environment">The variables; the last value of a key counts.</param>
/// <param name="Init">The program, or null.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record StartCommandLine(IReadOnlyDictionary<string, string> Environment, string? Init, IReadOnlyList<string> Arguments)
{
    private const string Verb = "start";
    private const string EndOfOptions = "--";

    /// <summary>Divides the words.</summary>
    internal static StartCommandLine Parse(IReadOnlyList<string> words)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        for (; at < words.Count && words[at].IndexOf('=') is >= 0 and int equals; at++)
        {
            environment[words[at][..equals]] = words[at][(equals + 1)..];
        }

        return new StartCommandLine(environment, at < words.Count ? words[at] : null, [.. words.Skip(at + 1)]);
    }

    /// <summary>Ends the options in front of the first word behind the container, so that the parser takes the rest as it is.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="withValue">The names of options that are followed by a value.</param>
    internal static IReadOnlyList<string> Protect(IReadOnlyList<string> arguments, IReadOnlySet<string> withValue)
    {
        int verb = NextWord(arguments, 0, withValue);
        if (verb >= arguments.Count || arguments[verb] != Verb)
        {
            return arguments;
        }

        int container = NextWord(arguments, verb + 1, withValue);
        int first = NextWord(arguments, container + 1, withValue);
        return first < arguments.Count && arguments[first] != EndOfOptions && !arguments.Take(first).Contains(EndOfOptions)
            ? [.. arguments.Take(first), EndOfOptions, .. arguments.Skip(first)]
            : arguments;
    }

    // The next word that is neither an option nor the value of one; "--" counts as a word.
    private static int NextWord(IReadOnlyList<string> arguments, int at, IReadOnlySet<string> withValue)
    {
        while (at < arguments.Count && arguments[at].StartsWith('-') && arguments[at] != EndOfOptions)
        {
            at += withValue.Contains(arguments[at]) ? 2 : 1;
        }

        return at;
    }
}
