// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk;
using Northstar.Npk.Toml;
using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <content>The host's policy: <c>[policy.NAME]</c>.</content>
internal sealed partial class ConfigurationMapper
{
    private void MapPolicy(TableReader reader)
    {
        if (reader.Table("policy") is not { } all)
        {
            return;
        }

        if (!all.Entries.Any())
        {
            findings.Error(all.Place, "policy has no rule; write [policy.NAME], or leave it out to let manifests ask for anything");
        }

        foreach (TomlEntry entry in all.Entries)
        {
            if (all.AsTable(entry) is { } table)
            {
                options.Policy[entry.Key] = MapRule(table);
            }
        }
    }

    private HostPolicyRule MapRule(TableReader table)
    {
        var rule = new HostPolicyRule();
        table.TextList("repositories", t => rule.Repositories.Add(t.Value));
        table.TextList("keys", t => AddKey(table, t, rule));
        table.TextList("key_classes", t => rule.KeyClasses.Add(t.Value));
        table.TextList("names", t => rule.Names.Add(t.Value));
        table.TextList("binds", t => rule.Binds.Add(t.Value));
        table.TextList("writable_binds", t => rule.WritableBinds.Add(t.Value));
        table.TextList("networks", t => rule.Networks.Add(t.Value));
        table.TextList("capabilities", t => AddCapability(table, t, rule));
        table.TextList("groups", t => rule.Groups.Add(t.Value));
        table.TextList("cgroup_parents", t => rule.CgroupParents.Add(t.Value));
        table.Text("uids", t => rule.Uids = Range(table, "uids", t));
        table.Text("gids", t => rule.Gids = Range(table, "gids", t));
        MapPermissions(table, p => rule.Console |= p, "console", isRequired: false);
        if (table.Table("console_scope") is { } scope)
        {
            rule.ConsoleScope = new ConsolePolicyRule();
            MapScope(scope, rule.ConsoleScope);
            scope.Finish();
        }

        table.Boolean("seccomp", v => rule.Seccomp = v);
        table.Boolean("cgroup_attrs", v => rule.CgroupAttributes = v);
        table.Boolean("devices", v => rule.Devices = v);
        table.Boolean("selinux", v => rule.Selinux = v);
        table.Boolean("realtime", v => rule.Realtime = v);
        table.Boolean("rlimits", v => rule.Rlimits = v);
        table.Boolean("critical", v => rule.Critical = v);
        table.Size("max_memory", n => rule.MaxMemoryBytes = n);
        table.Finish();
        return rule;
    }

    private void AddKey(TableReader table, TomlString item, HostPolicyRule rule)
    {
        if (item.Value.Length != 64 || !item.Value.All(char.IsAsciiHexDigitLower))
        {
            findings.Error(item.Position, $"{table.PathOf("keys")}: '{item.Value}' is no id of a key: 64 hex digits, as sextant verify shows it");
            return;
        }

        rule.Keys.Add(item.Value);
    }

    private void AddCapability(TableReader table, TomlString item, HostPolicyRule rule)
    {
        if (CapabilityNames.TryParse(item.Value, out Capability capability))
        {
            rule.Capabilities.Add(capability);
            return;
        }

        string hint = NearestWord.Suggest(item.Value, CapabilityNames.All) ?? "see capabilities(7)";
        findings.Error(item.Position, $"{table.PathOf("capabilities")}: '{item.Value}' is unknown; {hint}");
    }

    private static (ushort Lowest, ushort Highest)? Range(TableReader table, string key, string text)
    {
        string[] ends = text.Split('-');
        if (ends.Length is 1 or 2 && Id(ends[0]) is { } lowest && Id(ends[^1]) is { } highest && lowest <= highest)
        {
            return (lowest, highest);
        }

        table.InvalidValue(key, $"'{text}' is no range of ids", "write \"1000\" or \"1000-1999\"");
        return null;
    }

    private static ushort? Id(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort id) ? id : null;
}
