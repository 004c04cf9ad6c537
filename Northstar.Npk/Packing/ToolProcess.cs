// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.ComponentModel;
using System.Diagnostics;

namespace Northstar.Npk.Packing;

/// <summary>Runs a program by its absolute path with an argument array and an empty environment; no shell.</summary>
internal static class ToolProcess
{
    /// <summary>What a program printed and how it ended.</summary>
    internal sealed record Result(int ExitCode, string Output, string Errors);

    /// <summary>Finds a program: a name without slash is looked up on the search path once.</summary>
    internal static string Find(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        IEnumerable<string> candidates = nameOrPath.Contains('/')
            ? [nameOrPath]
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathRooted).Append("/usr/sbin").Select(directory => Path.Combine(directory, nameOrPath));
        return Path.GetFullPath(candidates.FirstOrDefault(File.Exists) ?? throw new NpkException(
            NpkRules.ToolMissing, $"run {nameOrPath}: no such program; install squashfs-tools or give the path"));
    }

    /// <summary>Runs a program to its end. When cancelled, it is killed.</summary>
    internal static Result Run(string path, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(path, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment.Clear();
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            using CancellationTokenRegistration kill = cancellationToken.Register(static process => Kill((Process)process!), process);
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            process.WaitForExit();
            Result result = new(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
            cancellationToken.ThrowIfCancellationRequested();
            return result;
        }
        catch (Win32Exception exception)
        {
            throw new NpkException(NpkRules.ToolUnstartable, $"run {path}: {exception.Message}", innerException: exception);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has just ended by itself.
        }
    }
}
