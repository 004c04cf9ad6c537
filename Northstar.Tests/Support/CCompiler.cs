// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;

namespace Northstar.Tests.Support;

/// <summary>Compiles the C programs of the fixtures.</summary>
internal static class CCompiler
{
    /// <summary>Compiles a source file of the fixtures; a compiler that is not installed ends the test as skipped.</summary>
    /// <returns>The path of the program, in <paramref name="directory"/>.</returns>
    internal static string Compile(string compiler, string source, string directory, params string[] flags)
    {
        if (HostProbe.FindTool(compiler) is not { } path)
        {
            Assert.Ignore($"needs {compiler}");
            return "";
        }

        string program = Path.Combine(directory, Path.GetFileNameWithoutExtension(source));
        string file = Path.Combine(HostProbe.Repository, "Northstar.Tests", "Fixtures", source);
        (int status, _, string errors) = Run(path, ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, file, .. flags]);
        Assert.That(status, Is.Zero, errors);
        return program;
    }

    /// <summary>Runs a program. The status of one that a signal ended is 128 and the signal.</summary>
    internal static (int Status, string Output, string Errors) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
