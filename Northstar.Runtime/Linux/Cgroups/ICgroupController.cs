// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>One controller in one version of its interface.</summary>
internal interface ICgroupController
{
    /// <summary>Gets the name under which the kernel knows the controller in this version.</summary>
    string Name { get; }

    /// <summary>Translates settings to values of control files. Pure: <paramref name="files"/> is only asked which files the kernel offers.</summary>
    void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files);

    /// <summary>Writes the member of the statistics, when the controller has one (console protocol 11.3).</summary>
    void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read);
}
