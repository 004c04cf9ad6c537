// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Host.Configuration;
using Northstar.Host.Terminal;

namespace Northstar.Host.Nstar;

/// <summary>What all containers consume, as a table: the busiest first.</summary>
internal sealed class TopTable
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private static readonly Column[] s_columns =
    [
        new("Name", 0, static (c, _) => new Cell(c.Container.Name.ToString(), CellStyle.Bold)),
        new("Version", 0, static (c, _) => new Cell(c.Container.Version.ToString())),
        new("State", 5, static (c, _) => c.Process is not null ? new Cell("started", CellStyle.Green) : new Cell(c.Mounted ? "mounted" : "-", CellStyle.Cyan)),
        new("PID", 4, static (c, _) => OfProcess(c, static p => p.Pid.ToString(CultureInfo.InvariantCulture))),
        new("Uptime", 0, static (c, _) => OfProcess(c, static p => Seconds(p.UptimeNanoseconds))),
        new("CPU %", 0, static (c, cpu) => OfProcess(c, _ => cpu is { } load ? Percent(load) : "?")),
        new("CPU time", 2, static (c, _) => OfProcess(c, static p => p.CpuNanoseconds is { } time ? Precise(time) : "?")),
        new("Memory", 0, static (c, _) => OfProcess(c, static p => p.MemoryBytes is { } bytes ? ByteProgress.Bytes((long)bytes) : "?")),
        new("Limit", 1, static (c, _) => OfProcess(c, static p => p.MemoryLimitBytes is { } bytes ? ByteProgress.Bytes((long)bytes) : "")),
        new("Tasks", 3, static (c, _) => OfProcess(c, static p => p.Tasks?.ToString(CultureInfo.InvariantCulture) ?? "?")),
    ];

    private readonly Row[] _rows;

    /// <summary>Compares two answers of the runtime.</summary>
    internal TopTable(IReadOnlyList<ContainerStatistics> before, IReadOnlyList<ContainerStatistics> now)
    {
        var earlier = before.Where(static c => c.Process is not null).ToDictionary(static c => c.Container, static c => c.Process!);
        _rows =
        [
            .. now.Select(c => new Row(c, Load(earlier.GetValueOrDefault(c.Container), c.Process)))
                .OrderBy(static r => r.Container.Process is null)
                .ThenByDescending(static r => r.Cpu ?? 0)
                .ThenByDescending(static r => r.Container.Process?.MemoryBytes ?? 0)
                .ThenBy(static r => r.Container.Container),
        ];
    }

    /// <summary>Gets one line about all containers together.</summary>
    internal string Summary
    {
        get
        {
            var running = _rows.Where(static r => r.Container.Process is not null).ToList();
            string cpu = Percent(running.Sum(static r => r.Cpu ?? 0));
            string memory = ByteProgress.Bytes(running.Sum(static r => (long)(r.Container.Process!.MemoryBytes ?? 0)));
            return $"{_rows.Length} containers, {running.Count} started; processor {cpu} %, memory {memory}";
        }
    }

    /// <summary>Gets the rows.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="width">How wide the table may be; columns that matter less are left out. Null for any width.</param>
    internal Table ToTable(int most = int.MaxValue, int? width = null)
    {
        List<Column> columns = [.. s_columns];
        while (true)
        {
            var table = new Table([.. columns.Select(static c => c.Title)]);
            foreach ((ContainerStatistics container, double? cpu) in _rows.Take(most))
            {
                table.Add([.. columns.Select(c => c.Cell(container, cpu))]);
            }

            if (width is null || table.Width <= width || columns.TrueForAll(static c => c.LeftOut == 0))
            {
                return table;
            }

            columns.Remove(columns.Where(static c => c.LeftOut > 0).MinBy(static c => c.LeftOut)!);
        }
    }

    /// <summary>Returns the processor time of the time between, in percent of one processor; null when nobody can tell.</summary>
    private static double? Load(ProcessUsage? before, ProcessUsage? now)
    {
        // Another process of the same container begins anew.
        bool same = before is not null && now is not null && before.Pid == now.Pid && now.UptimeNanoseconds > before.UptimeNanoseconds;
        (ulong? cpu, ulong uptime) = same ? (before!.CpuNanoseconds, before.UptimeNanoseconds) : (0, 0);
        return now is { CpuNanoseconds: { } used, UptimeNanoseconds: > 0 } && used >= cpu ? 100.0 * (used - cpu) / (now.UptimeNanoseconds - uptime) : null;
    }

    private static Cell OfProcess(ContainerStatistics container, Func<ProcessUsage, string> text) =>
        new(container.Process is { } process ? text(process) : "", alignRight: true);

    private static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Seconds(ulong nanoseconds) =>
        nanoseconds < NanosecondsPerSecond ? "0s" : DurationText.Format(nanoseconds / NanosecondsPerSecond * NanosecondsPerSecond);

    private static string Precise(ulong nanoseconds) => nanoseconds < 60 * NanosecondsPerSecond
        ? (nanoseconds / (double)NanosecondsPerSecond).ToString("0.00", CultureInfo.InvariantCulture) + "s"
        : Seconds(nanoseconds);

    /// <summary>A column. The lower <paramref name="LeftOut"/> is, the sooner it is left out; 0 for never.</summary>
    private sealed record Column(string Title, int LeftOut, Func<ContainerStatistics, double?, Cell> Cell);

    /// <summary>A container and what it takes of one processor; null when that is not known.</summary>
    private sealed record Row(ContainerStatistics Container, double? Cpu);
}
