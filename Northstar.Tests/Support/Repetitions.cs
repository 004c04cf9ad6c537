// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Tests.Support;

/// <summary>How often tests repeat what goes wrong rarely. <c>NORTHSTAR_TESTS_MOUNTS</c> is the number for mounts.</summary>
internal static class Repetitions
{
    internal static int Mounts(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("NORTHSTAR_TESTS_MOUNTS"), CultureInfo.InvariantCulture, out int wanted) && wanted > 0 ? wanted : otherwise;
}
