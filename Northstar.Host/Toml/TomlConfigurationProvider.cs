// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Microsoft.Extensions.Configuration;
using Northstar.Npk.Toml;

namespace Northstar.Host.Toml;

/// <summary>Offers a TOML document as configuration: tables and indices of arrays become parts of keys.</summary>
/// <remarks>
/// Such keys ignore case, and a key that has a colon of its own looks like two; an empty table is lost. Whoever minds reads the document.
/// </remarks>
internal sealed class TomlConfigurationProvider(string path) : ConfigurationProvider
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="TomlException">The file is no TOML.</exception>
    public override void Load()
    {
        Data.Clear();
        Add("", TomlReader.Read(File.ReadAllBytes(path)));
    }

    private void Add(string key, TomlValue value)
    {
        switch (value)
        {
            case TomlTable table:
                foreach (TomlEntry entry in table)
                {
                    Add(Combine(key, entry.Key), entry.Value);
                }

                break;
            case TomlArray array:
                for (int i = 0; i < array.Count; i++)
                {
                    Add(Combine(key, i.ToString(CultureInfo.InvariantCulture)), array[i]);
                }

                break;
            default:
                Data[key] = Text(value);
                break;
        }
    }

    private static string Combine(string key, string part) => key.Length == 0 ? part : ConfigurationPath.Combine(key, part);

    private static string? Text(TomlValue value) => value switch
    {
        TomlString text => text.Value,
        TomlInteger number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        TomlBoolean flag => flag.Value ? "true" : "false",
        _ => value.ToString(),
    };
}
