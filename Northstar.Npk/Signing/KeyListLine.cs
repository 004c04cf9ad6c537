// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk.Signing;

/// <summary>Reads the lines of a <see cref="KeyList"/>. What is wrong with one is a <see cref="FormatException"/>.</summary>
internal static class KeyListLine
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";
    private const int MaxWordLength = 128;

    internal static long ParseSerial(string line) => line.Split(' ') is ["serial", string text]
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long serial) && text[0] != '0'
        ? serial
        : throw new FormatException("the first line after the head is \"serial N\", with a number of 1 or more and no zero in front");

    internal static ListedKey ParseKey(string line)
    {
        string[] words = line.Split(' ');
        if (words.Length < 2 || words[0] != "key")
        {
            throw new FormatException("this is neither \"key BASE64 ...\" nor the signature at the end");
        }

        string[] names = [];
        string? keyClass = null;
        DateTimeOffset? notAfter = null;
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string word in words[2..])
        {
            string name = word.Split('=')[0];
            string value = word[Math.Min(word.Length, name.Length + 1)..];
            if (!known.Add(name))
            {
                throw new FormatException($"{name} is given twice");
            }

            switch (name)
            {
                case "names":
                    names = [.. value.Split(',').Select(static p => Word(p, "name", wildcards: true))];
                    break;
                case "class":
                    keyClass = Word(value, "class", wildcards: false);
                    break;
                case "not-after":
                    notAfter = Time(value);
                    break;
                default:
                    throw new FormatException($"'{name}' is unknown; possible are names=, class= and not-after=");
            }
        }

        return new ListedKey(Key(words[1]), names, keyClass, notAfter);
    }

    private static PublicKey Key(string text)
    {
        byte[] bytes = new byte[PublicKey.LengthBytes + 1];
        if (!Convert.TryFromBase64String(text, bytes, out int count) || count != PublicKey.LengthBytes || Convert.ToBase64String(bytes, 0, count) != text)
        {
            throw new FormatException("the key is not 32 bytes in Base64");
        }

        try
        {
            return PublicKey.FromBytes(bytes.AsSpan(0, count));
        }
        catch (NpkException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static string Word(string text, string what, bool wildcards) =>
        text.Length is > 0 and <= MaxWordLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' || (wildcards && c == '*'))
            ? text
            : throw new FormatException($"'{text}' is no {what}: 1 to {MaxWordLength} letters, digits, '.', '_' and '-'{(wildcards ? ", and '*' for any text" : "")}");

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"'{text}' is no time such as 2030-01-31T00:00:00Z");
}
