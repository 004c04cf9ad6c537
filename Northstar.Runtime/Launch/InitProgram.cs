// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>Finds <c>northstar-init</c>.</summary>
internal static class InitProgram
{
    private const string FileName = "northstar-init";

    /// <summary>Where the .NET host looks for native assets, separated by colons; a build without a runtime identifier has them in <c>runtimes/RID/native</c>.</summary>
    private const string NativeDirectories = "NATIVE_DLL_SEARCH_DIRECTORIES";

    /// <summary>Returns the path of the program: the one of the options, or beside the application, or among its native assets.</summary>
    /// <exception cref="FileNotFoundException">It is at none of these places.</exception>
    internal static string Find(RuntimeOptions options) =>
        options.InitPath ?? Find(AppContext.BaseDirectory, AppContext.GetData(NativeDirectories) as string);

    internal static string Find(string applicationDirectory, string? nativeDirectories)
    {
        string[] directories = [applicationDirectory, .. (nativeDirectories ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];
        string[] candidates = [.. directories.Select(static d => Path.Combine(d, FileName)).Distinct(StringComparer.Ordinal)];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"no {FileName} at {string.Join(", ", candidates)}; set {nameof(RuntimeOptions.InitPath)} to its path");
    }
}
