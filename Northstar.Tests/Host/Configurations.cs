// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Host.Configuration;
using Northstar.Runtime;

namespace Northstar.Tests.Host;

/// <summary>Texts of configurations and what became of them.</summary>
internal static class Configurations
{
    internal const string File = "northstar.toml";

    internal const string Minimal = "run_dir = \"run\"\ndata_dir = \"data\"\ncgroup = \"ns\"\n";

    internal static ConfigurationFile Parse(string text) => ConfigurationFile.Parse(Encoding.UTF8.GetBytes(text), File);

    internal static RuntimeOptions Options(string text) => Parse(text).Options;

    /// <summary>Returns the problems, one a line, as <c>line:column: message</c>.</summary>
    internal static string[] Problems(string text)
    {
        try
        {
            Parse(text);
            return [];
        }
        catch (ConfigurationException e)
        {
            return [.. e.Problems.Select(static p => p.ToString("")[1..])];
        }
    }

    internal static string Golden(string name) =>
        System.IO.File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", "golden", name));
}
