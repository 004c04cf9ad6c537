// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
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
                "on_corruption", [("stop", CorruptionPolicy.Stop), ("report", CorruptionPolicy.Report), ("exit", CorruptionPolicy.Exit)], v => repository.OnCorruption = v);
            table.Text("revoked", p => repository.RevokedFile = p);
            table.Choice("on_revoked", [("stop", RevocationPolicy.Stop), ("report", RevocationPolicy.Report)], v => repository.OnRevoked = v);
            table.Choice("development_keys", [("warn", false), ("refuse", true)], v => repository.RefusesDevelopmentKeys = v);
            table.Boolean("unverified_resources", v => repository.UsesUnverifiedResources = v);
            table.Boolean("private_resources", v => repository.PrivateResources = v);
            table.Boolean("adopt_data", v => repository.AdoptsData = v);
            table.Boolean("pin_first_key", v => repository.PinsFirstKey = v);
            MapKeyList(table, repository);
            MapPins(table, repository);
            MapFloor(table, repository);
            table.Choice("floor_lost", [("learn", false), ("highest", true)], v => repository.RaisesLostFloor = v);
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

    private static void MapKeyList(TableReader table, RepositoryOptions repository)
    {
        if (table.Table("key_list") is not { } list)
        {
            return;
        }

        list.RequiredText("file", "the signed list of keys", f => repository.KeyListFile = f);
        if (list.Find("root") is { Value: TomlString })
        {
            list.Text("root", repository.KeyListRoots.Add);
        }
        else
        {
            list.TextList("root", r => repository.KeyListRoots.Add(r.Value));
        }

        list.Choice("expired", [("keep", false), ("refuse", true)], v => repository.RefusesExpiredKeys = v);
        list.Finish();
    }

    private void MapPins(TableReader table, RepositoryOptions repository)
    {
        if (table.Table("pin") is not { } pins)
        {
            return;
        }

        foreach (TomlEntry entry in pins.Entries)
        {
            var files = new List<string>();
            if (entry.Value is TomlString)
            {
                pins.Text(entry.Key, files.Add);
            }
            else
            {
                pins.TextList(entry.Key, p => files.Add(p.Value));
            }

            if (Name(pins, entry) is { } name)
            {
                repository.Pins[name] = files;
            }
        }
    }

    private void MapFloor(TableReader table, RepositoryOptions repository)
    {
        const string Hint = "write \"off\", \"learn\" or { NAME = \"1.2.3\" }";
        switch (table.Find("floor"))
        {
            case null or { Value: TomlString { Value: "off" } }:
                break;
            case { Value: TomlString { Value: "learn" } }:
                repository.LearnsFloor = true;
                break;
            case { Value: TomlString text }:
                table.InvalidValue("floor", $"'{text.Value}' is unknown", Hint);
                break;
            case { Value: TomlTable } entry:
                TableReader floors = table.AsTable(entry)!;
                foreach (TomlEntry floor in floors.Entries)
                {
                    floors.Text(floor.Key, text => AddFloor(floors, floor, text, repository));
                }

                break;
            case { } entry:
                table.WrongKind(entry, "a word or a table", Hint);
                break;
        }
    }

    private void AddFloor(TableReader floors, TomlEntry entry, string text, RepositoryOptions repository)
    {
        if (!PackageVersion.TryParse(text, out PackageVersion version))
        {
            floors.InvalidValue(entry.Key, $"'{text}' is no version", "three numbers are needed, for example \"1.2.3\"");
        }
        else if (Name(floors, entry) is { } name)
        {
            repository.Floors[name] = version;
        }
    }

    private ContainerName? Name(TableReader table, TomlEntry entry)
    {
        if (ContainerName.TryParse(entry.Key, out ContainerName name) && name.IsUsable)
        {
            return name;
        }

        findings.Error(entry.Position, $"{table.PathOf(entry.Key)}: '{entry.Key}' is no name that a container can have");
        return null;
    }
}
