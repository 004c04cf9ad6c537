// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Security.Cryptography;

namespace Northstar.Tests.Fuzz;

/// <summary>How long a run is and where its chance comes from, out of the environment.</summary>
/// <remarks>
/// <c>NORTHSTAR_FUZZ_SEED</c>: the seed of a run to repeat, default random. <c>NORTHSTAR_FUZZ_CASES</c>: how many cases all targets have together.
/// <c>NORTHSTAR_FUZZ_SECONDS</c>: how long all targets run together, instead of a number of cases.
/// </remarks>
internal static class FuzzBudget
{
    /// <summary>Gets the seed of this run.</summary>
    internal static ulong Seed { get; } = Number("NORTHSTAR_FUZZ_SEED") ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 1;

    /// <summary>Returns how many cases a target has; no limit when time is the limit.</summary>
    internal static long CasesOf(FuzzTarget target) =>
        Number("NORTHSTAR_FUZZ_SECONDS") is not null ? long.MaxValue
        : Number("NORTHSTAR_FUZZ_CASES") is { } all ? Math.Max(1, (long)(all * Share(target)))
        : target.Cases;

    /// <summary>Returns how long a target runs; no limit when the number of cases is the limit.</summary>
    internal static TimeSpan TimeOf(FuzzTarget target) =>
        Number("NORTHSTAR_FUZZ_SECONDS") is { } all ? TimeSpan.FromSeconds(all / (double)FuzzTargets.All.Count) : TimeSpan.MaxValue;

    private static double Share(FuzzTarget target) => target.Cases / (double)FuzzTargets.All.Sum(t => (long)t.Cases);

    private static ulong? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;
}
