// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Repositories;

/// <summary>
/// A small table that survives a loss of power: what is read is what was written last or before, never a mixture. Text: a head, a record a
/// line with its fields between tabs, and a last line with the SHA-256 of all before. It lies in <c>data_dir</c> under a name that no
/// container can have. For one caller at a time.
/// </summary>
internal sealed class StateFile(string directory, string name)
{
    private const string Head = "northstar state 1\n";
    private const string Last = "sha256 ";
    private const int MaxLengthBytes = 4 << 20;

    /// <summary>Owner only: 0600.</summary>
    private const uint Mode = 0x180;

    /// <summary>The colon keeps it apart from the data of every container.</summary>
    private readonly string _name = ".northstar:" + name;

    private string Temporary => _name + ".new";

    /// <summary>Gets the path, for messages.</summary>
    internal string DisplayPath => Path.Combine(directory, _name);

    /// <summary>Reads the records. Returns null when there is no file. What a write that was cut off left behind is removed.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    internal List<string[]>? Read()
    {
        using SafeFd parent = Descriptors.Open(directory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        try
        {
            FileTree.Unlink(parent, Temporary, directory);
        }
        catch (LinuxException e) when (e.Errno == (int)Errno.ENOENT)
        {
            // The usual case.
        }

        SafeFd file;
        try
        {
            file = Descriptors.OpenAt(parent, _name, Sys.O_RDONLY | Sys.O_NOFOLLOW | Sys.O_NONBLOCK);
        }
        catch (LinuxException e) when (e.Errno == (int)Errno.ENOENT)
        {
            return null;
        }

        using var handle = file.ToFileHandle();
        byte[] bytes = new byte[Math.Min(RandomAccess.GetLength(handle), MaxLengthBytes)];
        int count = RandomAccess.Read(handle, bytes, 0);
        return Parse(Encoding.UTF8.GetString(bytes, 0, count));
    }

    /// <summary>Replaces all records by those of a table, in their order, see <see cref="Write(IEnumerable{string[]})"/>.</summary>
    internal void Write<TKey, TValue>(Dictionary<TKey, TValue> table, Func<TKey, TValue, string[]> toRecord)
        where TKey : notnull
    {
        var records = new List<string[]>(table.Count);
        foreach ((TKey key, TValue value) in table)
        {
            records.Add(toRecord(key, value));
        }

        records.Sort(static (a, b) => string.CompareOrdinal(string.Join('\t', a), string.Join('\t', b)));
        Write(records);
    }

    /// <summary>Replaces all records. When it returns they are on the disk.</summary>
    /// <exception cref="LinuxException">They cannot be written; the old ones stay.</exception>
    /// <exception cref="IOException">The same.</exception>
    internal void Write(IEnumerable<string[]> records)
    {
        var text = new StringBuilder(Head);
        foreach (string[] record in records)
        {
            text.AppendJoin('\t', record.Select(Uri.EscapeDataString)).Append('\n');
        }

        string digest = Digest(text.ToString());
        text.Append(Last).Append(digest).Append('\n');
        using SafeFd parent = Descriptors.Open(directory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        using (var file = Descriptors.OpenAt(parent, Temporary, Sys.O_WRONLY | Sys.O_CREAT | Sys.O_TRUNC | Sys.O_NOFOLLOW, Mode).ToFileHandle())
        {
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(text.ToString()), 0);
            RandomAccess.FlushToDisk(file);
        }

        FileTree.Replace(parent, Temporary, _name, directory);
        FileTree.Sync(parent, directory);
    }

    private static List<string[]> Parse(string text)
    {
        int last = text.LastIndexOf(Last, StringComparison.Ordinal);
        if (!text.StartsWith(Head, StringComparison.Ordinal) || last < Head.Length || text[last..] != $"{Last}{Digest(text[..last])}\n")
        {
            throw new InvalidDataException("the file is damaged, its checksum is wrong");
        }

        return [.. text[Head.Length..last].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split('\t').Select(Uri.UnescapeDataString).ToArray())];
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
