// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;

namespace Northstar.Npk;

/// <summary>Walks through a manifest in the order of its rendering, leaving out what the format leaves out.</summary>
internal sealed partial class ManifestRenderer
{
    private readonly IManifestSink _sink;

    private ManifestRenderer(IManifestSink sink) => _sink = sink;

    internal static void Render(Manifest manifest, IManifestSink sink) => new ManifestRenderer(sink).Render(manifest);

    private void Render(Manifest m)
    {
        _sink.BeginObject();
        Text("name", m.Name.ToString());
        Text("version", m.Version.ToString());
        Object("console", m.Console, RenderConsole);
        Text("init", m.Init);
        List("args", m.Args, _sink.Text);
        TextMap("env", m.Env);
        Number("uid", m.Uid);
        Number("gid", m.Gid);
        Object("sched", m.Sched, RenderSched);
        Map("mounts", m.Mounts, RenderMount);
        Text("autostart", m.Autostart is { } autostart ? ManifestWords.Autostart[autostart] : null);
        Object("cgroups", m.Cgroups, RenderCgroups);
        RenderNetwork(m.Network);
        Object("seccomp", m.Seccomp, RenderSeccomp);
        Object("selinux", m.Selinux, RenderSelinux);
        List("capabilities", [.. m.Capabilities.Order()], c => _sink.Text(ManifestWords.Capability[c]));
        List("suppl_groups", m.SupplementaryGroups, _sink.Text);
        Map("rlimits", m.Rlimits.Keys.ToDictionary(r => ManifestWords.Rlimit[r], r => m.Rlimits[r]), RenderRlimit);
        Map("sockets", m.Sockets, RenderSocket);
        Object("io", m.Io, RenderIo);
        if (m.Custom is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } custom)
        {
            _sink.Key("custom");
            RenderJson(custom);
        }

        _sink.EndObject();
    }

    private void Object<T>(string key, T? value, Action<T> render)
        where T : class
    {
        if (value is not null)
        {
            _sink.Key(key);
            _sink.BeginObject();
            render(value);
            _sink.EndObject();
        }
    }

    private void Object<T>(string key, T? value, Action<T> render)
        where T : struct
    {
        if (value is { } given)
        {
            _sink.Key(key);
            _sink.BeginObject();
            render(given);
            _sink.EndObject();
        }
    }

    private void Text(string key, string? text)
    {
        if (text is not null)
        {
            _sink.Key(key);
            _sink.Text(text);
        }
    }

    private void Number(string key, Int128? number)
    {
        if (number is { } given)
        {
            _sink.Key(key);
            _sink.Number(given.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Boolean(string key, bool? value)
    {
        if (value is { } given)
        {
            _sink.Key(key);
            _sink.Boolean(given);
        }
    }

    /// <summary>Writes a list if it is not empty, or in any case if it is <paramref name="always"/> there.</summary>
    private void List<T>(string key, IReadOnlyList<T> items, Action<T> render, bool always = false)
    {
        if (items.Count == 0 && !always)
        {
            return;
        }

        _sink.Key(key);
        _sink.BeginList();
        foreach (T item in items)
        {
            render(item);
        }

        _sink.EndList();
    }

    /// <summary>Writes a map in the order of its keys' bytes if it is not empty, or in any case if it is <paramref name="always"/> there.</summary>
    private void Map<T>(string key, IReadOnlyDictionary<string, T> map, Action<T> render, bool always = false)
    {
        if (map.Count == 0 && !always)
        {
            return;
        }

        _sink.Key(key);
        _sink.BeginObject();
        foreach (string name in map.Keys.Order(Utf8Order.Instance))
        {
            _sink.Key(name);
            render(map[name]);
        }

        _sink.EndObject();
    }

    private void TextMap(string key, IReadOnlyDictionary<string, string> map) => Map(key, map, _sink.Text);

    private void RenderJson(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                _sink.BeginObject();
                // Of members with the same name the last one holds, as when reading.
                foreach (JsonProperty member in element.EnumerateObject().Reverse().DistinctBy(p => p.Name).OrderBy(p => p.Name, Utf8Order.Instance))
                {
                    _sink.Key(member.Name);
                    RenderJson(member.Value);
                }

                _sink.EndObject();
                break;
            case JsonValueKind.Array:
                _sink.BeginList();
                foreach (JsonElement item in element.EnumerateArray())
                {
                    RenderJson(item);
                }

                _sink.EndList();
                break;
            case JsonValueKind.String:
                _sink.Text(element.GetString()!);
                break;
            case JsonValueKind.Number:
                bool isInteger = element.GetRawText() != "-0" && (element.TryGetInt64(out _) || element.TryGetUInt64(out _));
                _sink.Number(isInteger ? element.GetRawText() : FloatText.Format(element.GetDouble()));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                _sink.Boolean(element.ValueKind == JsonValueKind.True);
                break;
            default:
                _sink.Null();
                break;
        }
    }
}
