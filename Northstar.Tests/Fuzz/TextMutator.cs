// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Tests.Fuzz;

/// <summary>Changes texts by their tokens and lines, so that most of what comes out is still nearly well-formed. Sometimes it changes bytes instead.</summary>
internal sealed class TextMutator : IMutator
{
    private const int MaxLength = 64 << 10;

    private readonly string[] _words;
    private readonly ByteMutator _bytes;

    /// <summary>Makes a mutator whose dictionary is <paramref name="words"/> and every token of <paramref name="corpus"/>.</summary>
    internal TextMutator(IEnumerable<string> words, IEnumerable<byte[]> corpus)
    {
        _words = [.. words.Concat(corpus.SelectMany(text => Tokens.Split(Encoding.UTF8.GetString(text)))).Where(w => w.Length <= 200).Distinct()];
        _bytes = new ByteMutator([.. _words.Select(Encoding.UTF8.GetBytes)]);
    }

    /// <inheritdoc/>
    public byte[] Mutate(FuzzRandom random, byte[] input, IReadOnlyList<byte[]> pool)
    {
        if (random.OneIn(8))
        {
            return _bytes.Mutate(random, input, pool);
        }

        string text = Encoding.UTF8.GetString(input);
        for (int left = random.Few(5); left > 0; left--)
        {
            text = random.OneIn(3) ? ChangeLine(random, text) : ChangeTokens(random, text, pool);
        }

        return Encoding.UTF8.GetBytes(text.Length <= MaxLength ? text : text[..MaxLength]);
    }

    private string ChangeTokens(FuzzRandom random, string text, IReadOnlyList<byte[]> pool)
    {
        List<string> tokens = Tokens.Split(text);
        if (tokens.Count == 0)
        {
            return random.Pick(_words);
        }

        (int at, int count) = Piece(tokens, random.Below(tokens.Count));
        switch (random.Below(14))
        {
            case 0 or 1:
                Replace(tokens, at, count, random.OneIn(4) ? random.Pick(TextWords.Hostile) : random.Pick(_words));
                break;
            case 3:
                tokens.RemoveRange(at, count);
                break;
            case 4:
                tokens.InsertRange(at, tokens.GetRange(at, count));
                break;
            case 5:
                tokens.InsertRange(at + count, [", ", .. tokens.GetRange(at, count)]);
                break;
            case 6:
                int swap = random.Below(tokens.Count);
                (tokens[at], tokens[swap]) = (tokens[swap], tokens[at]);
                break;
            case 7:
                tokens.Insert(at, random.OneIn(3) ? random.Pick(TextWords.Hostile) : random.Pick(_words));
                break;
            case 8:
                List<string> donor = Tokens.Split(Encoding.UTF8.GetString(random.Pick(pool)));
                if (donor.Count > 0)
                {
                    (int from, int length) = Piece(donor, random.Below(donor.Count));
                    tokens.InsertRange(at, donor.GetRange(from, length));
                }

                break;
            case 9:
                Nest(random, tokens, at, count);
                break;
            default:
                ReplaceByAlike(random, tokens, at, count, random.OneIn(2) ? tokens : Tokens.Split(Encoding.UTF8.GetString(random.Pick(pool))));
                break;
        }

        return string.Concat(tokens);
    }

    /// <summary>Puts another piece of the same kind in the place of one, quoted text for quoted text and list for list, so that the syntax stays right.</summary>
    private static void ReplaceByAlike(FuzzRandom random, List<string> tokens, int at, int count, List<string> donor)
    {
        char kind = Kind(tokens[at]);
        int[] alike = [.. Enumerable.Range(0, donor.Count).Where(i => Kind(donor[i]) == kind)];
        if (alike.Length > 0)
        {
            (int from, int length) = Piece(donor, random.Pick(alike));
            List<string> piece = donor.GetRange(from, length);
            tokens.RemoveRange(at, count);
            tokens.InsertRange(at, piece);
        }
    }

    private static char Kind(string token) => token[0] is '"' or '\'' ? '"' : char.IsAsciiDigit(token[0]) ? '0' : char.IsLetter(token[0]) ? 'a' : token[0];

    /// <summary>Returns a token, or for a bracket all up to the one that closes it.</summary>
    private static (int At, int Count) Piece(List<string> tokens, int at)
    {
        if (tokens[at] is not ("{" or "[" or "("))
        {
            return (at, 1);
        }

        int depth = 0;
        for (int i = at; i < tokens.Count; i++)
        {
            depth += tokens[i] is "{" or "[" or "(" ? 1 : tokens[i] is "}" or "]" or ")" ? -1 : 0;
            if (depth == 0)
            {
                return (at, i - at + 1);
            }
        }

        return (at, 1);
    }

    private static void Replace(List<string> tokens, int at, int count, string word)
    {
        // What was quoted stays quoted most of the time: the rules of a value lie behind those of its syntax.
        string old = tokens[at];
        tokens.RemoveRange(at, count);
        tokens.Insert(at, count == 1 && old is ['"' or '\'', ..] && word is not ['"' or '\'', ..] ? $"{old[0]}{word}{old[0]}" : word);
    }

    private static void Nest(FuzzRandom random, List<string> tokens, int at, int count)
    {
        int depth = random.OneIn(8) ? random.Between(60, 130) : random.Between(1, 4);
        (string open, string close) = random.Below(3) switch
        {
            0 => ("[", "]"),
            1 => ("{\"a\":", "}"),
            _ => ("{a: ", "}"),
        };
        tokens.Insert(at + count, string.Concat(Enumerable.Repeat(close, random.OneIn(10) ? depth - 1 : depth)));
        tokens.Insert(at, string.Concat(Enumerable.Repeat(open, depth)));
    }

    private string ChangeLine(FuzzRandom random, string text)
    {
        List<string> lines = [.. text.Split('\n')];
        int at = random.Below(lines.Count);
        int other = random.Below(lines.Count);
        switch (random.Below(8))
        {
            case 0:
                lines[at] = new string(' ', random.Below(7)) + lines[at].TrimStart(' ');
                break;
            case 1:
                lines[at] = (random.OneIn(4) ? "\t" : "  ") + lines[at];
                break;
            case 2:
                lines.RemoveAt(at);
                break;
            case 3:
                lines.InsertRange(other, Enumerable.Repeat(lines[at], random.OneIn(8) ? random.Between(20, 300) : 1));
                break;
            case 4:
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case 5:
                (lines[at], lines[other]) = SwapValues(lines[at], lines[other]);
                break;
            case 6:
                lines.Insert(at, $"{random.Pick(_words)}{random.Pick([": ", " = ", ":", "=", ""])}{random.Pick(_words)}");
                break;
            default:
                lines.Insert(at, random.Pick(TextWords.Lines));
                break;
        }

        return string.Join(random.OneIn(40) ? "\r\n" : "\n", lines);
    }

    private static (string First, string Second) SwapValues(string first, string second)
    {
        int a = Separator(first);
        int b = Separator(second);
        return (first[..a] + second[b..], second[..b] + first[a..]);
    }

    private static int Separator(string line)
    {
        int at = line.AsSpan().IndexOfAny(':', '=');
        return at < 0 ? line.Length : at + 1;
    }
}
