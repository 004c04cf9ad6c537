// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Npk.Toml;
using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <content>The consoles, and their keys that moved since 0.5.</content>
internal sealed partial class ConfigurationMapper
{
    private const string NewPlaces = "console.options and console.global.options";

    private void MapConsole(TableReader reader, TableReader? debug)
    {
        TableReader? console = reader.Table("console");
        TableReader? global = console?.Table("global");
        ConsoleOptions target = options.Console;
        if (global is not null)
        {
            target.Global = new GlobalConsoleOptions();
        }

        MapDebugConsole(debug, global, target);
        List<ConsoleLimits> limits = target.Global is { } g ? [target.Limits, g.Limits] : [target.Limits];

        // What moved comes first, so that the new places win.
        if (reader.Has("token_validity"))
        {
            Moved(reader, "token_validity", $"token_validity in {NewPlaces}");
        }

        reader.Duration("token_validity", t => limits.ForEach(l => l.TokenValidity = t));
        MapMovedLimits(console, limits);
        MapLimits(console?.Table("options"), target.Limits);
        if (console?.Table("limits") is { } containerLimits)
        {
            MapTimeouts(containerLimits, target.Limits);
            containerLimits.Finish();
        }

        if (console?.Table("tokens") is { } tokens)
        {
            tokens.Boolean("single_use", v => target.SingleUseTokens = v);
            tokens.Boolean("bound", v => target.BoundTokens = v);
            tokens.Finish();
        }

        if (global is not null)
        {
            MapGlobal(global, target.Global!);
        }

        console?.Finish();
    }

    private void MapDebugConsole(TableReader? debug, TableReader? global, ConsoleOptions target)
    {
        debug?.Text("console", address =>
        {
            if (global is not null)
            {
                findings.Error(debug.Find("console")!.Position, "debug.console and console.global are the same console; remove debug.console");
                return;
            }

            Moved(debug, "console", "bind in [console.global], with permissions = \"full\"");
            findings.Place("console.global.bind", debug.Find("console")!.Value.Position);
            target.Global = new GlobalConsoleOptions { Bind = address, Permissions = Permissions.Full };
        });
    }

    // 0.8.0 and 0.8.1 had the limits directly in [console], for all connections.
    private void MapMovedLimits(TableReader? console, List<ConsoleLimits> limits)
    {
        if (console is null)
        {
            return;
        }

        string[] keys = ["token_validity", "max_requests_per_sec", "max_request_size", "max_npk_install_size", "npk_stream_timeout"];
        foreach (string key in keys.Where(console.Has))
        {
            Moved(console, key, $"{key} in {NewPlaces}");
        }

        MapLimitKeys(console, limits);
    }

    private void MapGlobal(TableReader global, GlobalConsoleOptions target)
    {
        global.RequiredText("bind", "tcp://HOST[:PORT] or unix:///PATH", v => target.Bind = v);
        MapPermissions(global, p => target.Permissions |= p, isRequired: !global.Has("policy"));
        global.Boolean("allow_remote", v => target.AllowRemote = v);
        global.Text("mode", text => MapMode(global, text, target));
        global.Text("owner", v => target.Owner = v);
        global.Text("group", v => target.Group = v);
        MapLimits(global.Table("options"), target.Limits);
        MapConsolePolicy(global, target);
        MapTls(global.Table("tls"), target);
        MapConnectionLimits(global.Table("limits"), target);
        global.Finish();
    }

    private void MapPermissions(TableReader reader, Action<Permissions> take, string key = "permissions", bool isRequired = true)
    {
        switch (reader.Find(key))
        {
            case null when isRequired:
                findings.Error(reader.Place, $"{reader.PathOf(key)} is missing: \"full\" or a list of permissions");
                break;
            case null:
                break;
            case { Value: TomlString { Value: "full" } }:
                take(Permissions.Full);
                break;
            case { Value: TomlString text }:
                reader.InvalidValue(key, $"'{text.Value}' is unknown", "write \"full\" or a list");
                break;
            default:
                reader.TextList(key, item => AddPermission(item, reader.PathOf(key), take));
                break;
        }
    }

    private void AddPermission(TomlString item, string path, Action<Permissions> take)
    {
        if (PermissionNames.TryParse(item.Value, out Permissions permission))
        {
            take(permission);
            return;
        }

        if (item.Value == "full")
        {
            take(Permissions.Full); // beside others, that is with downgrade
            return;
        }

        string[] names = [.. PermissionNames.Of(Permissions.Full | Permissions.Downgrade)];
        string hint = NearestWord.Suggest(item.Value, names) ?? $"possible are {string.Join(", ", names)}";
        findings.Error(item.Position, $"{path}: '{item.Value}' is unknown; {hint}");
    }

    private static void MapMode(TableReader global, string text, GlobalConsoleOptions target)
    {
        if (text.Length is < 3 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            global.InvalidValue("mode", $"'{text}' is no mode", "write three or four octal digits, such as \"0660\"");
            return;
        }

        target.Mode = Convert.ToUInt32(text, 8);
    }

    private static void MapLimits(TableReader? reader, ConsoleLimits limits)
    {
        if (reader is not null)
        {
            MapLimitKeys(reader, [limits]);
            reader.Finish();
        }
    }

    private static void MapLimitKeys(TableReader reader, List<ConsoleLimits> limits)
    {
        reader.Duration("token_validity", t => limits.ForEach(l => l.TokenValidity = t));
        reader.Number("max_requests_per_sec", uint.MaxValue, n => limits.ForEach(l => l.MaxRequestsPerSecond = (uint)n));
        reader.Size("max_request_size", n => limits.ForEach(l => l.MaxRequestSizeBytes = n));
        reader.Size("max_npk_install_size", n => limits.ForEach(l => l.MaxNpkInstallSizeBytes = n));
        reader.Duration("npk_stream_timeout", t => limits.ForEach(l => l.NpkStreamTimeout = t));
    }

    private void Moved(TableReader reader, string key, string now) =>
        findings.Warning(reader.Find(key)!.Position, $"{reader.PathOf(key)} moved; write {now}");
}
