// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>The limits of containers that name none themselves.</summary>
internal sealed partial class ConfigurationMapper
{
    private static readonly (string Word, RlimitResource Resource)[] s_rlimits =
        Array.ConvertAll(Enum.GetValues<RlimitResource>(), static r => (r.ToString().ToLowerInvariant(), r));

    private void MapDefaults(TableReader reader)
    {
        reader.Number("default_pids", uint.MaxValue, n => options.DefaultPids = (uint)n);
        reader.Size("default_memory", n => options.DefaultMemoryBytes = n);
        reader.Size("default_swap", n => options.DefaultSwapBytes = n);
        reader.Duration("default_cpu", t => options.DefaultCpu = t);
        if (reader.Table("default_rlimits") is not { } limits)
        {
            return;
        }

        foreach ((string word, RlimitResource resource) in s_rlimits)
        {
            MapRlimit(limits, word, resource);
        }

        limits.Finish();
    }

    /// <summary>A number is both limits; a table has <c>soft</c> and <c>hard</c>, and what it leaves out is unlimited.</summary>
    private void MapRlimit(TableReader limits, string word, RlimitResource resource)
    {
        if (limits.Find(word) is not { } entry)
        {
            return;
        }

        if (entry.Value is not TomlTable)
        {
            limits.Number(word, long.MaxValue, n => options.DefaultRlimits[resource] = new Rlimit((ulong)n, (ulong)n));
            return;
        }

        TableReader table = limits.AsTable(entry)!;
        ulong? soft = null, hard = null;
        table.Number("soft", long.MaxValue, n => soft = (ulong)n);
        table.Number("hard", long.MaxValue, n => hard = (ulong)n);
        table.Finish();
        options.DefaultRlimits[resource] = new Rlimit(soft, hard);
    }
}
