// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <summary>What containers consume: with one request where the runtime has the extension for it, else by inspecting each of them.</summary>
internal static class StatisticsSource
{
    /// <summary>A larger limit means none: cgroup v1 says so with the largest number, rounded down to a page.</summary>
    private const ulong NoLimit = 1ul << 62;

    internal static async Task<IReadOnlyList<ContainerStatistics>> ReadAsync(NorthstarClient client, CancellationToken cancellationToken)
    {
        if (client.Extensions.Contains(ProtocolExtensions.Statistics))
        {
            return await client.StatisticsAsync(cancellationToken).ConfigureAwait(false);
        }

        var all = new List<ContainerStatistics>();
        foreach (ContainerId container in await client.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                all.Add(Of(container, await client.InspectAsync(container, cancellationToken).ConfigureAwait(false)));
            }
            catch (ApiException e) when (e.Error is ApiError.InvalidContainer)
            {
                // Uninstalled since it was listed.
            }
        }

        return all;
    }

    private static ContainerStatistics Of(ContainerId container, InspectData data) => new(
        container, data.Repository, data.Mounted, data.Process is { } process ? Of(process) : null);

    /// <summary>Takes what a runtime of 0.9.3 tells: processor time with cgroup v2 alone, no number of tasks. Any member may be missing.</summary>
    private static ProcessUsage Of(ProcessData process)
    {
        JsonElement statistics = process.Statistics.ToJson();
        JsonElement memory = Member(Member(statistics, "memory"), "memory");
        ulong? limit = Number(Member(memory, "limit_in_bytes"));
        return new ProcessUsage(
            process.Pid, process.UptimeNanoseconds, ProcessorTime(Member(Member(statistics, "cpu"), "stat")),
            Number(Member(memory, "usage_in_bytes")), limit < NoLimit ? limit : null, null);
    }

    private static ulong? ProcessorTime(JsonElement stat)
    {
        const string Key = "usage_usec ";
        string text = stat.ValueKind == JsonValueKind.String ? stat.GetString()! : "";
        string? line = text.Split('\n').FirstOrDefault(static l => l.StartsWith(Key, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong microseconds)
            && microseconds <= ulong.MaxValue / 1000 ? microseconds * 1000 : null;
    }

    private static JsonElement Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) ? member : default;

    private static ulong? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : null;
}
