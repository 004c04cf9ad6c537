// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Northstar.Tests.Support;

/// <summary>Says what a test needs of the machine. A test whose need is missing is reported as skipped, with the reason.</summary>
/// <remarks><c>NORTHSTAR_TESTS_MUST_RUN=root,loop</c> makes the named needs, when missing, failures instead.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class RequiresAttribute(params HostFeature[] features) : NUnitAttribute, IApplyToTest
{
    private static readonly string[] s_mustRun =
        (Environment.GetEnvironmentVariable("NORTHSTAR_TESTS_MUST_RUN") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Gets the needs.</summary>
    public IReadOnlyList<HostFeature> Features => features;

    /// <summary>Applies the needs: each becomes a category, a missing one ignores the test.</summary>
    public void ApplyToTest(Test test)
    {
        foreach (HostFeature feature in features)
        {
            test.Properties.Add(PropertyNames.Category, feature.ToString());
        }

        if (test.RunState == RunState.NotRunnable)
        {
            return;
        }

        foreach (HostFeature feature in features)
        {
            if (HostProbe.WhyMissing(feature) is { } reason)
            {
                bool mustRun = s_mustRun.Contains(feature.ToString(), StringComparer.OrdinalIgnoreCase);
                test.RunState = mustRun ? RunState.NotRunnable : RunState.Ignored;
                test.Properties.Set(PropertyNames.SkipReason, $"needs {feature}: {reason}");
                return;
            }
        }
    }
}
