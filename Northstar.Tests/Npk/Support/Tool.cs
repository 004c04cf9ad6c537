// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;

namespace Northstar.Tests.Npk.Support;

/// <summary>Independent tools that results are compared with.</summary>
internal static class Tool
{
    /// <summary>Ignores the test, with the reason, when a tool is not installed.</summary>
    internal static string Require(string name)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Ignore($"{name} is not installed");
        }

        return path!;
    }

    /// <summary>Runs a tool and returns its exit code and what it printed.</summary>
    internal static (int ExitCode, string Output) Run(string name, params string[] arguments)
    {
        ProcessStartInfo start = new(Require(name), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
