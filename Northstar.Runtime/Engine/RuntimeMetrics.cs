// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.Metrics;
using Northstar.Npk;

namespace Northstar.Runtime.Engine;

/// <summary>What the runtime counts, for whoever listens to the meter <c>Northstar.Runtime</c>.</summary>
internal static class RuntimeMetrics
{
    internal const string MeterName = "Northstar.Runtime";

    private static readonly Meter s_meter = new(MeterName);
    private static readonly Counter<long> s_corrupted = s_meter.CreateCounter<long>(
        "northstar.image.corruptions", "{image}", "Images that turned out not to be what was signed");

    /// <summary>Counts a damaged image.</summary>
    internal static void Corrupted(ContainerId container, string repository) =>
        s_corrupted.Add(1, new("northstar.container", container.ToString()), new("northstar.repository", repository));
}
