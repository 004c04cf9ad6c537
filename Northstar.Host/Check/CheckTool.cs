// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Text;
using System.Text.Json;
using Northstar.Host.Help;
using Northstar.Host.Terminal;
using Northstar.Runtime;

namespace Northstar.Host.Check;

/// <summary>The command <c>northstar check</c>: can this host, or a kernel with this configuration, run containers?</summary>
internal static class CheckTool
{
    /// <summary>The word that chooses it.</summary>
    internal const string Word = "check";

    private const int NameWidth = 28;

    private static readonly ToolHelp s_help = new()
    {
        Summary = "Says what the host has of what the runtime needs. Exit code 1 when something is missing that every container needs.",
        Examples =
        [
            new("northstar check", "this host"),
            new("northstar check --config northstar.toml", "and a configuration"),
            new("northstar check --kernel-config .config", "the configuration of a kernel, before it is built"),
        ],
    };

    internal static Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Streams streams) =>
        ToolCommand.RunAsync(Build(streams), arguments, streams, handleSignals: true);

    /// <summary>Makes the command.</summary>
    internal static Command Build(Streams streams)
    {
        var config = new Option<string?>("--config", "-c") { Description = "Also check this configuration of the runtime: its syntax, and who can change it and what it names", HelpName = "FILE" };
        var kernel = new Option<string?>("--kernel-config") { Description = "Check this configuration of a kernel, plain or gzip, instead of the host", HelpName = "FILE" };
        var json = new Option<bool>("--json", "-j") { Description = "Print JSON" };
        Command command = ToolCommand.Create(Word, s_help, streams);
        command.Options.Add(config);
        command.Options.Add(kernel);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            IReadOnlyList<CheckRow> rows = Rows(parsed.GetValue(kernel), parsed.GetValue(config));
            if (parsed.GetValue(json))
            {
                WriteJson(streams, rows);
            }
            else
            {
                WriteText(streams, rows);
            }

            return (int)(rows.Any(static r => r.IsFailure) ? ExitCode.Failure : ExitCode.Success);
        });
        return command;
    }

    private static IReadOnlyList<CheckRow> Rows(string? kernelPath, string? configPath)
    {
        IEnumerable<CheckRow> rows = kernelPath is null ? OfHost() : OfKernel(kernelPath);
        return configPath is null ? [.. rows] : [.. rows, .. InstallationChecks.OfConfiguration(configPath)];
    }

    private static IEnumerable<CheckRow> OfHost() =>
        HostFeatures.Probe().Select(static f => new CheckRow(f.Group, f.Name, f.IsRequired, f.Problem, f.Without, f.Options)).Concat(InstallationChecks.OfProgram());

    private static IEnumerable<CheckRow> OfKernel(string path)
    {
        KernelConfiguration configuration;
        try
        {
            configuration = KernelConfiguration.Load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ToolException($"read the configuration of a kernel {path}: {e.Message}", e);
        }

        return KernelOption.All.Select(o =>
            new CheckRow("kernel configuration", "CONFIG_" + o.Name, o.IsRequired, configuration.Find(o.Name) is null ? "not set" : null, o.Without, [o.Name]));
    }

    private static void WriteText(Streams streams, IReadOnlyList<CheckRow> rows)
    {
        foreach (IGrouping<string, CheckRow> group in rows.GroupBy(static r => r.Group))
        {
            streams.Output.WriteLine(group.Key);
            foreach (CheckRow row in group)
            {
                streams.Output.WriteLine(Line(row));
            }
        }

        int failures = rows.Count(static r => r.IsFailure);
        streams.Output.WriteLine(failures == 0 ? "nothing that is required is missing" : $"{failures} required {(failures == 1 ? "thing is" : "things are")} missing: see NO");
    }

    private static string Line(CheckRow row)
    {
        if (row.Problem is null)
        {
            return $"  yes  {row.Name}";
        }

        string options = row.Options.Count == 0 || row.Name.StartsWith("CONFIG_", StringComparison.Ordinal)
            ? "" : $" ({string.Join(", ", row.Options.Select(static o => "CONFIG_" + o))})";
        string without = row.Without.Length == 0 ? "" : "; " + row.Without;
        return $"  {(row.IsRequired ? "NO " : "no ")}  {row.Name.PadRight(NameWidth)}  {Printable.Line(row.Problem)}{without}{options}";
    }

    private static void WriteJson(Streams streams, IReadOnlyList<CheckRow> rows)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (CheckRow row in rows)
            {
                writer.WriteStartObject();
                writer.WriteString("group", row.Group);
                writer.WriteString("name", row.Name);
                writer.WriteBoolean("required", row.IsRequired);
                writer.WriteBoolean("ok", row.Problem is null);
                writer.WriteString("problem", row.Problem);
                writer.WriteString("without", row.Without);
                writer.WriteStartArray("options");
                foreach (string option in row.Options)
                {
                    writer.WriteStringValue(option);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        streams.Output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
