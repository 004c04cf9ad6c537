// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;
using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <content>The tables <c>repositories.ID</c>.</content>
internal sealed partial class ConfigurationMapper
{
    private const string TypeHint = "write \"mem\" or { fs = { dir = \"...\" } }";

    private void MapRepositories(TableReader reader)
    {
        if (reader.Table("repositories") is not { } all)
        {
            return;
        }

        foreach (TomlEntry entry in all.Entries)
        {
            if (all.AsTable(entry) is not { } table)
            {
                continue;
            }

            var repository = new RepositoryOptions();
            MapRepositoryType(table, entry, repository);
            table.Text("key", p => repository.KeyFile = p);
            table.TextList("keys", p => repository.KeyFiles.Add(p.Value));
            table.Boolean("mount_on_start", v => repository.MountOnStart = v);
            table.Number("capacity_num", uint.MaxValue, n => repository.CapacityNum = (uint)n);
            table.Size("capacity_size", n => repository.CapacitySizeBytes = n);
            table.Boolean("strict", v => repository.Strict = v);
            table.Choice(
                "on_corruption", [("stop", CorruptionPolicy.Stop), ("report", CorruptionPolicy.Report)], v => repository.OnCorruption = v);
            table.Unsupported("revoked", "pin", "floor");
            table.Finish();
            options.Repositories[entry.Key] = repository;
        }
    }

    private void MapRepositoryType(TableReader table, TomlEntry parent, RepositoryOptions repository)
    {
        switch (table.Find("type"))
        {
            case null:
                findings.Error(parent.Position, $"{table.PathOf("type")} is missing; {TypeHint}");
                break;
            case { Value: TomlString { Value: "mem" } }:
                break;
            case { Value: TomlString text }:
                table.InvalidValue("type", $"'{text.Value}' {(text.Value == "fs" ? "needs a directory" : "is unknown")}", TypeHint);
                break;
            case { Value: TomlTable { Count: 1 } } entry:
                MapTypeTable(table.AsTable(entry)!, entry, repository);
                break;
            case { } entry:
                table.WrongKind(entry, "exactly one of mem and fs", TypeHint);
                break;
        }
    }

    private void MapTypeTable(TableReader type, TomlEntry parent, RepositoryOptions repository)
    {
        type.Table("mem")?.Finish();
        if (type.Table("fs") is { } directory)
        {
            repository.Kind = RepositoryKind.Directory;
            if (!directory.Has("dir"))
            {
                findings.Error(parent.Value.Position, $"{directory.PathOf("dir")} is missing: the directory of the packages");
            }

            directory.Text("dir", p => repository.Directory = p);
            directory.Finish();
        }

        type.Finish();
    }
}
