// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;
using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <summary>Puts the keys of a document into options.</summary>
internal sealed partial class ConfigurationMapper(RuntimeOptions options, Findings findings)
{
    internal void Map(TomlTable document)
    {
        var reader = new TableReader(document, "", findings);
        MapDirectories(reader);
        reader.Number("event_buffer_size", int.MaxValue, n => options.EventBufferSize = (int)n);
        reader.Number("notification_buffer_size", int.MaxValue, n => options.NotificationBufferSize = (int)n);
        reader.Duration("loop_device_timeout", t => options.LoopDeviceTimeout = t);
        reader.Duration("device_mapper_device_timeout", t => options.DeviceMapperDeviceTimeout = t);
        MapChoices(reader);
        MapDefaults(reader);
        reader.Duration("realtime_budget", t => options.RealtimeBudget = t);
        TableReader? debug = reader.Table("debug");
        MapConsole(reader, debug);
        MapDebug(debug);
        MapRepositories(reader);
        MapPolicy(reader);
        if (reader.Has("consoles"))
        {
            TomlEntry old = reader.Find("consoles")!;
            findings.Error(old.Position, "unknown key consoles; one external console is configured in [console.global]");
        }

        reader.Finish();
    }

    private void MapDirectories(TableReader reader)
    {
        reader.RequiredText("run_dir", "a directory for what lives as long as the runtime", p => options.RunDirectory = p);
        reader.RequiredText("data_dir", "the directory of the containers' persistent data", p => options.DataDirectory = p);
        reader.Text("socket_dir", p => options.SocketDirectory = p);
        reader.Text("log_dir", p => options.LogDirectory = p);
        reader.Text("audit_file", p => options.AuditFile = p);
        reader.RequiredText("cgroup", "the name of the top-level cgroup", p => options.Cgroup = p);
    }

    private void MapChoices(TableReader reader)
    {
        reader.Choice(
            "resource_selection", [("highest", ResourceSelection.Highest), ("lowest", ResourceSelection.Lowest)],
            v => options.ResourceSelection = v);
        reader.Choice("missing_bind", [("skip", MissingBind.Skip), ("error", MissingBind.Error)], v => options.MissingBind = v);
        reader.Choice("seccomp", [("default", SeccompDefault.Default), ("manifest", SeccompDefault.Manifest)], v => options.Seccomp = v);
        reader.Choice(
            "integrity",
            [("auto", IntegrityMode.Auto), ("dm-verity", IntegrityMode.DmVerity), ("sealed-memory", IntegrityMode.SealedMemory)],
            v => options.Integrity = v);
    }

    private void MapDebug(TableReader? reader)
    {
        if (reader is null)
        {
            return;
        }

        reader.TextList("commands", c => options.Debug.Commands.Add(c.Value));
        if (reader.Table("strace") is { } strace)
        {
            var tool = new StraceOptions();
            if (!strace.Has("output"))
            {
                findings.Error(reader.Find("strace")!.Position, "debug.strace.output is missing: \"file\" or \"log\"");
            }

            strace.Choice("output", [("log", false), ("file", true)], v => tool.OutputToFile = v);
            strace.Text("flags", text => AddFlags(text, tool.Flags));
            strace.Text("path", p => tool.Path = p);
            strace.Boolean("include_runtime", v => tool.IncludeRuntime = v);
            strace.Finish();
            options.Debug.Strace = tool;
        }

        if (reader.Table("perf") is { } perf)
        {
            var tool = new PerfOptions();
            perf.Text("path", p => tool.Path = p);
            perf.Text("flags", text => AddFlags(text, tool.Flags));
            perf.Finish();
            options.Debug.Perf = tool;
        }

        reader.Finish();
    }

    private static void AddFlags(string text, IList<string> flags)
    {
        foreach (string flag in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            flags.Add(flag);
        }
    }
}
