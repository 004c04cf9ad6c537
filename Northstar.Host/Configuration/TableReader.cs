// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>
/// Reads one table of a configuration key by key. Every key that is asked for is known; <see cref="Finish"/> reports the others. A value
/// that is missing or of no use leaves what was there; the latter is an error.
/// </summary>
internal sealed class TableReader
{
    private readonly TomlTable _table;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    internal TableReader(TomlTable table, string path, Findings findings)
    {
        _table = table;
        _path = path;
        Findings = findings;
        foreach (TomlEntry entry in table)
        {
            findings.Place(PathOf(entry.Key), entry.Position);
        }
    }

    internal Findings Findings { get; }

    /// <summary>Gets where the table begins.</summary>
    internal TomlPosition Place => _table.Position;

    /// <summary>Gets the entries, for a table whose keys are free.</summary>
    internal IEnumerable<TomlEntry> Entries => _table;

    internal string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    /// <summary>Finds an entry and makes its key known.</summary>
    internal TomlEntry? Find(string key)
    {
        _known.Add(key);
        return _table.FirstOrDefault(entry => entry.Key == key);
    }

    internal bool Has(string key) => _table.TryGetValue(key, out _);

    internal TableReader? Table(string key) => Find(key) is { } entry ? AsTable(entry) : null;

    /// <summary>Opens a value as a table, or reports that it is none.</summary>
    internal TableReader? AsTable(TomlEntry entry)
    {
        if (entry.Value is TomlTable table)
        {
            return new TableReader(table, PathOf(entry.Key), Findings);
        }

        WrongKind(entry, "a table", $"[{PathOf(entry.Key)}]");
        return null;
    }

    internal void Text(string key, Action<string> take, string? hint = null)
    {
        if (Find(key) is not { } entry)
        {
            return;
        }

        if (entry.Value is TomlString text)
        {
            take(text.Value);
        }
        else
        {
            WrongKind(entry, "a string", hint);
        }
    }

    internal void RequiredText(string key, string meaning, Action<string> take)
    {
        if (!Has(key))
        {
            string message = $"{PathOf(key)} is missing: {meaning}";
            Findings.Error(_table.Position, message);
        }

        Text(key, take);
    }

    internal void Boolean(string key, Action<bool> take)
    {
        if (Find(key) is not { } entry)
        {
            return;
        }

        if (entry.Value is TomlBoolean value)
        {
            take(value.Value);
        }
        else
        {
            WrongKind(entry, "true or false", null);
        }
    }

    internal void Number(string key, long highest, Action<long> take)
    {
        if (Find(key) is not { } entry)
        {
            return;
        }

        if (entry.Value is not TomlInteger number)
        {
            WrongKind(entry, "an integer", null);
        }
        else if (number.Value < 0 || number.Value > highest)
        {
            Findings.Error(entry.Value.Position, $"{PathOf(key)}: {number.Value} is out of range; 0 to {highest} are possible");
        }
        else
        {
            take(number.Value);
        }
    }

    internal void Duration(string key, Action<TimeSpan> take) => Text(key, text =>
    {
        if (DurationText.TryParse(text, out TimeSpan duration) is { } problem)
        {
            InvalidValue(key, problem, DurationText.Hint);
        }
        else
        {
            take(duration);
        }
    }, DurationText.Hint);

    internal void Size(string key, Action<ulong> take) => Text(key, text =>
    {
        if (SizeText.TryParse(text, out ulong bytes) is { } problem)
        {
            InvalidValue(key, problem, SizeText.Hint);
        }
        else
        {
            take(bytes);
        }
    }, SizeText.Hint);

    /// <summary>Reads one of a few words.</summary>
    internal void Choice<T>(string key, (string Word, T Value)[] choices, Action<T> take) => Text(key, text =>
    {
        int index = Array.FindIndex(choices, choice => choice.Word == text);
        if (index < 0)
        {
            string[] words = Array.ConvertAll(choices, static choice => choice.Word);
            InvalidValue(key, $"'{text}' is unknown", NearestWord.Suggest(text, words) ?? $"possible are {string.Join(", ", words)}");
        }
        else
        {
            take(choices[index].Value);
        }
    });

    internal void TextList(string key, Action<TomlString> take)
    {
        if (Find(key) is not { } entry)
        {
            return;
        }

        if (entry.Value is not TomlArray array)
        {
            WrongKind(entry, "a list of strings", "write [\"...\"]");
            return;
        }

        foreach (TomlValue item in array)
        {
            if (item is TomlString text)
            {
                take(text);
            }
            else
            {
                Findings.Error(item.Position, $"{PathOf(key)}: a string is needed, not {Article(item.KindName)}");
            }
        }
    }

    /// <summary>Reads a list of tables.</summary>
    internal void TableList(string key, string hint, Action<TableReader> take)
    {
        if (Find(key) is not { } entry)
        {
            return;
        }

        if (entry.Value is not TomlArray array)
        {
            WrongKind(entry, "a list of tables", hint);
            return;
        }

        int index = 0;
        foreach (TomlValue item in array)
        {
            string path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{PathOf(key)}[{index++}]");
            if (item is TomlTable table)
            {
                Findings.Place(path, table.Position);
                take(new TableReader(table, path, Findings));
            }
            else
            {
                Findings.Error(item.Position, $"{path}: a table is needed, not {Article(item.KindName)}; {hint}");
            }
        }
    }

    /// <summary>Reads a number or a text, as text.</summary>
    internal void TextOrNumber(string key, Action<string> take)
    {
        if (Find(key) is { Value: TomlInteger { Value: >= 0 and <= uint.MaxValue } number })
        {
            take(number.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        else
        {
            Text(key, take, "write a name or a number");
        }
    }

    internal void InvalidValue(string key, string problem, string hint) =>
        Findings.Error(Find(key)!.Value.Position, $"{PathOf(key)}: {problem}; {hint}");

    internal void WrongKind(TomlEntry entry, string needed, string? hint) =>
        Findings.Error(
            entry.Value.Position,
            $"{PathOf(entry.Key)}: {needed} is needed, not {Article(entry.Value.KindName)}{(hint is null ? "" : $"; {hint}")}");

    /// <summary>Reports every key that nobody asked for.</summary>
    internal void Finish()
    {
        string all = _known.Count == 0 ? "" : $"known here are {string.Join(", ", _known.Order(StringComparer.Ordinal))}";
        foreach (TomlEntry entry in _table)
        {
            if (!_known.Contains(entry.Key) && !Findings.IsFull)
            {
                string hint = NearestWord.Suggest(entry.Key, _known) ?? all;
                Findings.Error(entry.Position, $"unknown key {PathOf(entry.Key)}{(hint.Length == 0 ? "" : $"; {hint}")}");
            }
        }
    }

    private static string Article(string kind) => "aeiou".Contains(kind[0]) ? $"an {kind}" : $"a {kind}";
}
