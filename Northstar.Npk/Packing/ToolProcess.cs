// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Northstar.Npk.Packing;

/// <summary>Runs a program by its absolute path with an argument array and an empty environment; no shell.</summary>
internal static class ToolProcess
{
    private const int MillisecondsBetweenTicks = 100;

    /// <summary>How a program ended and the bytes it printed, as Latin-1, which loses none.</summary>
    internal sealed record Result(int ExitCode, string RawOutput, string RawErrors)
    {
        internal string Output => Text(RawOutput);

        internal string Errors => Text(RawErrors);

        /// <summary>Reads raw output as what it is meant to be: UTF-8.</summary>
        internal static string Text(string raw) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(raw));
    }

    /// <summary>Finds a program: a name without slash is looked up once in the absolute directories of the search path.</summary>
    internal static string Find(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        string? path = nameOrPath.Contains('/')
            ? (File.Exists(nameOrPath) ? nameOrPath : null)
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathRooted).Append("/usr/sbin").Select(directory => Path.Combine(directory, nameOrPath))
                .FirstOrDefault(IsExecutable);
        return Path.GetFullPath(path ?? throw new NpkException(
            NpkRules.ToolMissing, $"run {nameOrPath}: no such program; install squashfs-tools or give the path"));
    }

    /// <summary>Runs a program to its end, calling <paramref name="tick"/> meanwhile. When cancelled, it is killed with what it started.</summary>
    internal static Result Run(string path, IEnumerable<string> arguments, Action? tick, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ProcessStartInfo start = new(path, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            StandardOutputEncoding = Encoding.Latin1, StandardErrorEncoding = Encoding.Latin1,
        };
        start.Environment.Clear();
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            using (cancellationToken.Register(static process => Kill((Process)process!), process))
            {
                while (!process.WaitForExit(MillisecondsBetweenTicks))
                {
                    tick?.Invoke();
                }

                // A child of the program that lives on could hold the pipes.
                Task.WaitAll([output, errors], cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return new Result(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception exception)
        {
            throw new NpkException(NpkRules.ToolUnstartable, $"run {path}: {exception.Message}", innerException: exception);
        }
    }

    private static bool IsExecutable(string path) => File.Exists(path) && (OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or AggregateException or Win32Exception)
        {
            // It, or one of its children, has just ended by itself.
        }
    }
}
