// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// Keys and packages that are not trusted any more. A text file: a line is <c>key ID</c> or <c>package HASH</c>, each 64 hex digits as
/// <c>sextant verify</c> shows them; empty lines and what follows <c>#</c> do not count. Immutable.
/// </summary>
internal sealed class RevocationList
{
    private const int DigestDigits = 64;

    /// <summary>The largest file, in bytes: some 14,000 entries.</summary>
    private const int MaxLengthBytes = 1 << 20;

    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _packages = new(StringComparer.Ordinal);

    /// <summary>Gets a list of nothing.</summary>
    internal static RevocationList Empty { get; } = new();

    /// <summary>Gets how many keys are revoked.</summary>
    internal int KeyCount => _keys.Count;

    /// <summary>Gets how many packages are revoked.</summary>
    internal int PackageCount => _packages.Count;

    /// <summary>Reads a file.</summary>
    /// <exception cref="RuntimeException">The file cannot be read, is too large or has a line of another form.</exception>
    internal static RevocationList Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] bytes = new byte[MaxLengthBytes + 1];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count > MaxLengthBytes
                ? throw Failure(path, $"it has more than {MaxLengthBytes} bytes")
                : Parse(path, Encoding.UTF8.GetString(bytes, 0, count));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, e.Message, e);
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="RuntimeException">A line has another form, or the text is empty.</exception>
    internal static RevocationList Parse(string path, string text)
    {
        // A file that is being written, or that a loss of power emptied, would revoke nothing.
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Failure(path, "it is empty; a list of nothing has a comment");
        }

        var list = new RevocationList();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            HashSet<string>? kind = words[0] switch { "key" => list._keys, "package" => list._packages, _ => null };
            if (kind is null || words.Length != 2 || words[1].Length != DigestDigits || !words[1].All(char.IsAsciiHexDigit))
            {
                throw Failure(path, $"line {number} is neither \"key ID\" nor \"package HASH\" with {DigestDigits} hex digits");
            }

            kind.Add(words[1].ToLowerInvariant());
        }

        return list;
    }

    /// <summary>Returns why a package is revoked, or null.</summary>
    internal string? Find(NpkPackage package) =>
        package.VerifiedBy is { } key && _keys.Contains(key.Id) ? $"the key {key.Id} that signed it is revoked"
        : package.SignedHash is { } hash && _packages.Contains(hash) ? $"the package {hash} is revoked"
        : null;

    private static RuntimeException Failure(string path, string cause, Exception? inner = null) =>
        RuntimeException.Unexpected($"read the list of revoked keys and packages {path}: {cause}", inner);
}
