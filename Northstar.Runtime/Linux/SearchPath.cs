// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Finds programs of the host.</summary>
internal static unsafe class SearchPath
{
    /// <summary>Returns the absolute path of a program, or null: a name with a slash is a path, any other is looked up in <c>PATH</c>.</summary>
    internal static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(program) ? Path.GetFullPath(program) : null;
        }

        string[] directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Select(d => Path.GetFullPath(Path.Combine(d, program))).FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return File.Exists(path) && Sys.faccessat(Sys.AT_FDCWD, name, Sys.X_OK, Sys.AT_EACCESS) == 0;
        }
    }
}
