// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk;

/// <summary>The words that stand for the values of an enumeration in manifests and messages, made from the names of its members.</summary>
internal sealed class Words<T>
    where T : struct, Enum
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<T, string> _words = [];

    /// <summary>Makes the table: <c>NetRaw</c> becomes <c>net_raw</c>, or <c>CAP_NET_RAW</c> with a prefix.</summary>
    internal Words(string upperCasePrefix = "", params T[] except)
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (Array.IndexOf(except, value) >= 0)
            {
                continue;
            }

            string word = ToSnakeCase(value.ToString());
            word = upperCasePrefix.Length > 0 ? upperCasePrefix + word.ToUpperInvariant() : word;
            _values.Add(word, value);
            _words.Add(value, word);
        }
    }

    /// <summary>Gets the words in the order of their values.</summary>
    internal IReadOnlyCollection<string> All => _values.Keys;

    /// <summary>Gets the values in ascending order.</summary>
    internal IEnumerable<T> Values => _words.Keys;

    internal string this[T value] => _words[value];

    internal bool TryParse(string word, out T value) => _values.TryGetValue(word, out value);

    public override string ToString() => string.Join(", ", _values.Keys);

    private static string ToSnakeCase(string name)
    {
        var word = new StringBuilder();
        foreach (char c in name)
        {
            word.Append(char.IsAsciiLetterUpper(c) && word.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        }

        return word.ToString();
    }
}

/// <summary>The words of a manifest.</summary>
internal static class ManifestWords
{
    internal static readonly Words<Autostart> Autostart = new();
    internal static readonly Words<Capability> Capability = new("CAP_");
    internal static readonly Words<DeviceKind> DeviceKind = new();
    internal static readonly Words<OutputMode> OutputMode = new();
    internal static readonly Words<Permissions> Permissions = new("", Npk.Permissions.None, Npk.Permissions.Full, Npk.Permissions.Downgrade);
    internal static readonly Words<RlimitResource> Rlimit = new();
    internal static readonly Words<SocketKind> SocketKind = new();

    /// <summary>The options of mounts in the order in which they are written.</summary>
    internal static readonly (string Word, MountOptions Option)[] MountOptions =
    [
        ("rw", Npk.MountOptions.ReadWrite), ("noexec", Npk.MountOptions.NoExec), ("nosuid", Npk.MountOptions.NoSuid),
        ("nodev", Npk.MountOptions.NoDev), ("rec", Npk.MountOptions.Recursive),
    ];
}
