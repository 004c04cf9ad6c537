// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>The files of the fuzzer: inputs that once went wrong and are tried ever after, and where new ones are saved.</summary>
internal static class FuzzFixtures
{
    private static readonly string s_fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures", "fuzz");

    /// <summary>Gets where inputs are saved that went wrong in this run: <c>artifacts/fuzz</c> of the repository.</summary>
    internal static string OutputDirectory { get; } = Path.Combine(FindRepository() ?? AppContext.BaseDirectory, "artifacts", "fuzz");

    /// <summary>Returns the fixtures of a target.</summary>
    internal static string[] FilesOf(string target)
    {
        string directory = Path.Combine(s_fixtures, target);
        return Directory.Exists(directory) ? [.. Directory.GetFiles(directory, "*.bin").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Returns every fixture with its target.</summary>
    internal static IEnumerable<(string Target, string File)> All() =>
        FuzzTargets.All.SelectMany(target => FilesOf(target.Name).Select(file => (target.Name, file)));

    /// <summary>Saves an input and returns where.</summary>
    internal static string Save(string target, byte[] input)
    {
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..16];
        string path = Path.Combine(OutputDirectory, $"{target}-{hash}.bin");
        Directory.CreateDirectory(OutputDirectory);
        File.WriteAllBytes(path, input);
        return path;
    }

    private static string? FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Northstar.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }
}
