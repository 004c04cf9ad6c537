// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Containers;

/// <summary>
/// Opens the sources of bind mounts, paths of the host that may lie on a file system whose server does not answer. Such a call cannot be
/// taken back: its thread waits on, the start is given up, and nobody asks for that path again until it has returned.
/// </summary>
internal sealed class BindSources
{
    /// <summary>After this time a call counts as blocked, and the pool gets another thread in place of the one that waits.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    private static readonly Lock s_pool = new();

    private readonly ConcurrentDictionary<string, int> _hanging = new(StringComparer.Ordinal);

    /// <summary>Gets or sets how long the sources of one start may take. It takes microseconds; only a server that hangs takes longer.</summary>
    internal TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets how many paths hang.</summary>
    internal int Hanging => _hanging.Count;

    /// <summary>Opens the sources of all bind mounts of a manifest; null when it has none.</summary>
    internal Task<OpenedSources>? Open(Manifest manifest)
    {
        OpenedSources? sources = null;
        List<(string Target, Mount.Bind Bind)>? others = null;
        foreach ((string target, Mount mount) in manifest.Mounts)
        {
            if (mount is Mount.Bind bind && !(sources ??= new OpenedSources()).TryAddCached(target, bind))
            {
                (others ??= []).Add((target, bind));
            }
        }

        return sources is null ? null : others is null ? Task.FromResult(sources) : WithinLimitAsync(sources, others);
    }

    /// <summary>Refuses a path of which an earlier call still hangs.</summary>
    /// <exception cref="LinuxException">It hangs.</exception>
    internal void ThrowIfHanging(string path)
    {
        if (_hanging.ContainsKey(path))
        {
            throw Hangs(path);
        }
    }

    private async Task<OpenedSources> WithinLimitAsync(OpenedSources sources, List<(string Target, Mount.Bind Bind)> binds)
    {
        string path = "";
        Task opening = Task.Run(() =>
        {
            foreach ((string target, Mount.Bind bind) in binds)
            {
                ThrowIfHanging(bind.Host);
                Volatile.Write(ref path, bind.Host);
                sources.Add(target, bind);
            }
        });
        try
        {
            await opening.WaitAsync(s_patience < Limit ? s_patience : Limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!opening.IsCompleted)
        {
            string hanging = Volatile.Read(ref path);
            await WaitLongerAsync(opening, hanging, sources).ConfigureAwait(false);
        }
        catch
        {
            sources.Dispose();
            throw;
        }

        return sources;
    }

    private async Task WaitLongerAsync(Task opening, string path, OpenedSources sources)
    {
        AddThreads(1);
        _ = opening.ContinueWith(static _ => AddThreads(-1), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await opening.WaitAsync(Limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!opening.IsCompleted)
        {
            _hanging.AddOrUpdate(path, 1, static (_, count) => count + 1);
            _ = opening.ContinueWith(
                _ =>
                {
                    _hanging.TryRemove(path, out int _);
                    sources.Dispose();
                },
                CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw Hangs(path);
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    private static void AddThreads(int count)
    {
        lock (s_pool)
        {
            ThreadPool.GetMinThreads(out int workers, out int ports);
            ThreadPool.SetMinThreads(workers + count, ports);
        }
    }

    private static LinuxException Hangs(string path) => new((int)Errno.ETIMEDOUT, "open the source of a bind mount,", path);
}

/// <summary>The opened sources of the bind mounts of one start.</summary>
internal sealed class OpenedSources : IDisposable
{
    private readonly Dictionary<string, (MountHandle? Mount, LinuxException? Failure)> _sources = [];

    /// <summary>Takes the source of a target; it is the caller's then. What could not be opened is thrown again.</summary>
    /// <exception cref="LinuxException">It could not be opened.</exception>
    internal MountHandle Take(string target) =>
        _sources.Remove(target, out (MountHandle? Mount, LinuxException? Failure) source) && source.Mount is { } mount ? mount
        : throw source.Failure ?? new LinuxException((int)Errno.ENOENT, "open", target);

    /// <summary>Closes what was not taken.</summary>
    public void Dispose()
    {
        foreach ((MountHandle? mount, LinuxException? _) in _sources.Values)
        {
            mount?.Dispose();
        }

        _sources.Clear();
    }

    internal void Add(string target, Mount.Bind bind) =>
        Add(target, () => DetachedMount.FromPath(bind.Host, bind.Options.HasFlag(MountOptions.Recursive), Attributes(bind)));

    /// <summary>Opens a source whose path the kernel knows without asking a disk or a server, as it mostly does: that cannot hang. Returns false when it cannot be had so.</summary>
    internal bool TryAddCached(string target, Mount.Bind bind)
    {
        using SafeFd? place = Descriptors.TryOpenCached(bind.Host);
        if (place is null)
        {
            return false;
        }

        Add(target, () => DetachedMount.FromOpened(place, bind.Options.HasFlag(MountOptions.Recursive), Attributes(bind), bind.Host));
        return true;
    }

    private static ulong Attributes(Mount.Bind bind) =>
        MountPlanner.Attributes(bind.Options) | (bind.Options.HasFlag(MountOptions.ReadWrite) ? 0 : Sys.MOUNT_ATTR_RDONLY);

    private void Add(string target, Func<MountHandle> open)
    {
        try
        {
            _sources[target] = (open(), null);
        }
        catch (LinuxException e)
        {
            _sources[target] = (null, e);
        }
    }
}
