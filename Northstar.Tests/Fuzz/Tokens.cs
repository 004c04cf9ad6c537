// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>Splits texts of any of our syntaxes into tokens: words, quoted texts, blanks, line ends, single marks.</summary>
internal static class Tokens
{
    /// <summary>Splits a text; the tokens together are the text.</summary>
    internal static List<string> Split(string text)
    {
        List<string> tokens = [];
        for (int i = 0; i < text.Length;)
        {
            int length = Length(text.AsSpan(i));
            tokens.Add(text.Substring(i, length));
            i += length;
        }

        return tokens;
    }

    private static int Length(ReadOnlySpan<char> rest) => rest[0] switch
    {
        '"' or '\'' => Quoted(rest),
        ' ' => Run(rest, static c => c == ' '),
        _ when IsWord(rest[0]) => Run(rest, IsWord),
        _ => 1,
    };

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '+';

    private static int Run(ReadOnlySpan<char> rest, Func<char, bool> belongs)
    {
        int length = 1;
        while (length < rest.Length && belongs(rest[length]))
        {
            length++;
        }

        return length;
    }

    /// <summary>A quoted text ends at its quote; one that is not closed on its line is just the quote.</summary>
    private static int Quoted(ReadOnlySpan<char> rest)
    {
        for (int i = 1; i < rest.Length && rest[i] != '\n'; i++)
        {
            if (rest[i] == rest[0])
            {
                return i + 1;
            }

            i += rest[i] == '\\' && rest[0] == '"' ? 1 : 0;
        }

        return 1;
    }
}
