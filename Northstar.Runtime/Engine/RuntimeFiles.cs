// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Microsoft.Extensions.Logging;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Engine;

/// <summary>The directories of a runtime: checked, locked against a second runtime, cleaned of what one that died left behind.</summary>
internal sealed unsafe class RuntimeFiles : IDisposable
{
    private const string DefaultSockets = "sockets";

    private readonly List<SafeFd> _locks = [];
    private readonly bool _ownsSockets;
    private readonly ILogger _logger;

    private RuntimeFiles(RuntimeOptions options, ILogger logger)
    {
        _logger = logger;
        SocketDirectory = Path.GetFullPath(options.SocketDirectory ?? Path.Combine(options.RunDirectory, DefaultSockets));
        _ownsSockets = options.SocketDirectory is null;
    }

    /// <summary>Gets the directory of the containers' sockets.</summary>
    internal string SocketDirectory { get; }

    /// <summary>Returns what is wrong with directories that have to be there.</summary>
    internal static IEnumerable<string> FindProblems(RuntimeOptions options) =>
        new[]
        {
            WhyUnusable("run_dir", options.RunDirectory) ?? PrivateDirectory.FindProblem("run_dir", options.RunDirectory),
            WhyUnusable("data_dir", options.DataDirectory) ?? PrivateDirectory.FindProblem("data_dir", options.DataDirectory),
            options.SocketDirectory is { } sockets ? WhyUnusable("socket_dir", sockets) ?? PrivateDirectory.FindProblem("socket_dir", sockets) : null,
            options.LogDirectory is { } log ? WhyUnusable("log_dir", log) : null,
        }
        .Concat(options.Repositories.Keys.Where(id => options.Repositories[id].Kind == RepositoryKind.Directory).Select(id => WhyMissing(id, options.Repositories[id].Directory!)))
        .OfType<string>();

    /// <summary>Prepares the directories.</summary>
    /// <exception cref="RuntimeException">One is missing, may not be read and written, or another runtime uses it.</exception>
    internal static RuntimeFiles Prepare(RuntimeOptions options, ILogger logger)
    {
        var files = new RuntimeFiles(options, logger);
        try
        {
            files.Lock("run_dir", options.RunDirectory, PrivateDirectory.Private);
            files.Lock("data_dir", options.DataDirectory, PrivateDirectory.Private);
            if (files._ownsSockets)
            {
                Directory.CreateDirectory(files.SocketDirectory, (UnixFileMode)PrivateDirectory.Passable);
            }

            // Containers that mount it reach their own sockets through it.
            files.Lock("socket_dir", files.SocketDirectory, PrivateDirectory.Passable);
            foreach ((string id, RepositoryOptions repository) in options.Repositories)
            {
                if (repository.Kind == RepositoryKind.Directory)
                {
                    files.LockRepository(id, repository.Directory!);
                }
            }

            files.RemoveStaleSockets();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Unlocks, and removes the socket directory if it was made here.</summary>
    public void Dispose()
    {
        if (_ownsSockets && _locks.Count > 0)
        {
            try
            {
                Directory.Delete(SocketDirectory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A container's socket of somebody else's making keeps it; the next start sweeps.
            }
        }

        _locks.ForEach(static l => l.Dispose());
        _locks.Clear();
    }

    /// <summary>Sockets with names of ours belong to containers of this runtime, and none runs yet. Whatever else somebody keeps here is his.</summary>
    private void RemoveStaleSockets()
    {
        foreach (string path in Directory.EnumerateFiles(SocketDirectory))
        {
            if (ContainerSockets.IsNameOfOurs(Path.GetFileName(path)) && FileKind.IsSocket(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>The lock is on the directory itself: nothing is left behind, whatever happens to the process.</summary>
    private void Lock(string key, string path, uint mode)
    {
        ThrowIf(WhyUnusable(key, path) ?? PrivateDirectory.FindProblem(key, path));
        SafeFd directory = PrivateDirectory.Take(path, mode, out uint? previous);
        _locks.Add(directory);
        TryLock(key, path, directory);
        if (previous is { } wide)
        {
            Log.DirectoryModeChanged(_logger, key, path, Convert.ToString(wide, 8).PadLeft(4, '0'), Convert.ToString(mode, 8).PadLeft(4, '0'));
        }
    }

    private void LockRepository(string id, string path)
    {
        ThrowIf(WhyMissing(id, path));
        SafeFd directory = Descriptors.Open(path, Sys.O_RDONLY | Sys.O_DIRECTORY);
        _locks.Add(directory);
        if (IsAccessible(path, Sys.W_OK))
        {
            TryLock($"repositories.{id}.dir", path, directory);
        }
    }

    private static void TryLock(string key, string path, SafeFd directory)
    {
        using var fd = new Borrow(directory);
        if (Sys.flock(fd.Fd, Sys.LOCK_EX | Sys.LOCK_NB) < 0)
        {
            throw RuntimeException.Unexpected($"{key} {path} is in use by another runtime; give each runtime directories of its own");
        }
    }

    private static string? WhyUnusable(string key, string path) =>
        !Directory.Exists(path) ? $"{key} {path} is no directory; create it first"
        : IsAccessible(path, Sys.R_OK | Sys.W_OK | Sys.X_OK) ? null
        : $"{key} {path} cannot be read and written by the runtime; check owner and mode";

    private static string? WhyMissing(string id, string path) =>
        Directory.Exists(path) ? null : $"repository {id}: {path} is no directory; create it first";

    private static void ThrowIf(string? problem)
    {
        if (problem is not null)
        {
            throw RuntimeException.Unexpected(problem);
        }
    }

    private static bool IsAccessible(string path, int mode)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Sys.faccessat(Sys.AT_FDCWD, name, mode, Sys.AT_EACCESS) == 0;
        }
    }
}
