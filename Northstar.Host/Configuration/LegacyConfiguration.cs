// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>Configuration files of 2020. They are refused, and every key is answered with what to write today.</summary>
internal static class LegacyConfiguration
{
    private const string RemoveDevice = "remove it: the paths of devices are fixed";
    private const string RemoveIds = "remove it: uid and gid are in each manifest";

    /// <summary>Tells whether a file is one of 2020.</summary>
    internal static bool Is2020(TomlTable document) => document.Any(static entry =>
        (entry.Key is "directories" or "devices" or "cgroups" && entry.Value is TomlTable or TomlArray)
        || entry.Key is "console_address" or "container_uid" or "container_gid");

    /// <summary>Reports every key of such a file as an error that says what to do.</summary>
    internal static void Explain(TomlTable document, Findings findings)
    {
        bool runDir = document.TryGetValue("run_dir", out _);
        bool dataDir = document.TryGetValue("data_dir", out _);
        bool cgroup = document.TryGetValue("cgroup", out _);
        foreach (TomlEntry entry in document)
        {
            switch (entry)
            {
                case { Key: "directories" or "devices" or "cgroups", Value: TomlTable table }:
                    ExplainTable(entry.Key, table, findings);
                    runDir |= entry.Key == "directories" && table.TryGetValue("run_dir", out _);
                    dataDir |= entry.Key == "directories" && table.TryGetValue("data_dir", out _);
                    cgroup |= entry.Key == "cgroups" && table.Count > 0;
                    break;
                case { Key: "run_dir" or "data_dir" or "cgroup" }:
                    break; // as today
                default:
                    Report(findings, entry, entry.Key, TopLevel(entry));
                    break;
            }
        }

        string[] missing = [.. Missing("run_dir", runDir), .. Missing("data_dir", dataDir), .. Missing("cgroup", cgroup)];
        if (missing.Length > 0)
        {
            // The end of the list: behind everything that the file has.
            findings.Error(LastPosition(document), $"also needed today, at the top level: {string.Join(", ", missing)}");
        }
    }

    private static string[] Missing(string key, bool given) => given ? [] : [key];

    private static void ExplainTable(string name, TomlTable table, Findings findings)
    {
        foreach (TomlEntry entry in table)
        {
            string? advice = (name, entry.Key) switch
            {
                ("directories", "container_dirs" or "container_dir") => Repositories(entry.Value),
                ("directories", "run_dir" or "data_dir") => $"write {entry.Key} at the top level",
                ("directories", "key_dir") => "write key in each [repositories.<id>], one file for each repository",
                ("cgroups", "memory" or "cpu") => Cgroup(table),
                ("devices", "unshare_root" or "unshare_fstype") => "remove it: not needed, the runtime sees to its mounts",
                ("devices", "loop_control" or "loop_dev") => $"{RemoveDevice}; loop_device_timeout limits the wait",
                ("devices", "device_mapper" or "device_mapper_dev") => RemoveDevice,
                (_, "global_data_dir") => GlobalData,
                _ => null,
            };
            Report(findings, entry, $"{name}.{entry.Key}", advice);
        }
    }

    private const string GlobalData = "remove it: data of a container is a 'persist' mount in its manifest";

    private static string? TopLevel(TomlEntry entry) => entry.Key switch
    {
        "console_address" =>
            $"write [console.global] with bind = \"tcp://{(entry.Value is TomlString address ? address.Value : "<address>")}\" and permissions",
        "container_uid" or "container_gid" => RemoveIds,
        "global_data_dir" => GlobalData,
        "debug" when entry.Value is TomlBoolean => "remove it: the log level is set by NORTHSTAR_LOG; debug is a table today",
        _ => null,
    };

    private static string Repositories(TomlValue directories)
    {
        string[] paths = directories switch
        {
            TomlArray array => [.. array.OfType<TomlString>().Select(static text => text.Value)],
            TomlString text => [text.Value],
            _ => [],
        };
        string examples = string.Join(", ", (paths is [] ? ["..."] : paths).Select(static path => $"type = {{ fs = {{ dir = \"{path}\" }} }}"));
        return $"write a table [repositories.<id>] for each directory, with {examples}";
    }

    private static string Cgroup(TomlTable table)
    {
        string?[] names = [.. table.Select(static entry => entry.Value is TomlString path ? Path.GetFileName(path.Value.TrimEnd('/')) : null).Distinct()];
        string offer = names is [{ Length: > 0 } name] ? $" (cgroup = \"{name}\")" : "";
        return $"write one cgroup at the top level{offer}: a name relative to the cgroup root, for all controllers; limits are in the manifests";
    }

    private static void Report(Findings findings, TomlEntry entry, string key, string? advice) =>
        findings.Error(entry.Position, advice is null ? $"{key} is unknown" : $"{key} is a key of 2020: {advice}");

    private static TomlPosition LastPosition(TomlTable document)
    {
        var last = new TomlPosition(1, 1);
        foreach (TomlEntry entry in document.Concat(document.Select(static e => e.Value).OfType<TomlTable>().SelectMany(static table => table)))
        {
            last = (entry.Position.Line, entry.Position.Column).CompareTo((last.Line, last.Column)) > 0 ? entry.Position : last;
        }

        return last;
    }
}
