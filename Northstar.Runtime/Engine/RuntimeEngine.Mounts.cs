// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Engine;

/// <summary>Mounting and unmounting.</summary>
internal sealed partial class RuntimeEngine
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Mounts containers, in parallel. Returns for each, in order, the failure or null.</summary>
    internal Task<RuntimeException?[]> MountAsync(IReadOnlyList<ContainerId> ids) =>
        RequestAsync(() => ForEachAsync(ids, MountOneAsync));

    /// <summary>Unmounts containers. Returns for each, in order, the failure or null.</summary>
    internal Task<RuntimeException?[]> UmountAsync(IReadOnlyList<ContainerId> ids) =>
        RequestAsync(() => ForEachAsync(ids, UmountOneAsync));

    private static async Task<RuntimeException?[]> ForEachAsync(IReadOnlyList<ContainerId> ids, Func<ContainerId, Task> operation)
    {
        return await Task.WhenAll(ids.Select(Try)).ConfigureAwait(true);

        async Task<RuntimeException?> Try(ContainerId id)
        {
            try
            {
                await operation(id).ConfigureAwait(true);
                return null;
            }
            catch (RuntimeException e)
            {
                return e;
            }
        }
    }

    private async Task MountOneAsync(ContainerId id)
    {
        (Gate.Pass pass, Container container) = await EnterAsync(id).ConfigureAwait(true);
        using (pass)
        {
            // A mount that is under way for the start of a user counts as mounted once it is done.
            if (container.Mounting is not null)
            {
                throw RuntimeException.AlreadyMounted(id);
            }

            if (RefusesRevoked(container) is { } cause)
            {
                throw RuntimeException.Unexpected($"mount {id}: it is refused: {cause}");
            }

            await EnsureMountedAsync(container).ConfigureAwait(true);
        }
    }

    private async Task UmountOneAsync(ContainerId id)
    {
        (Gate.Pass pass, Container container) = await EnterAsync(id).ConfigureAwait(true);
        using (pass)
        {
            await UmountAsync(container).ConfigureAwait(true);
        }
    }

    /// <summary>Unmounts a container whose turn it is, if nothing uses it.</summary>
    private async Task UmountAsync(Container container)
    {
        if (container.Image is not { } image || container.IsStarted)
        {
            throw RuntimeException.Busy(container.Id);
        }

        if (container.Users.Count > 0)
        {
            throw RuntimeException.Busy(container.Manifest.IsResource ? container.Users[0].Id : container.Id);
        }

        container.Mounting = null;
        await Task.Run(image.Dispose).ConfigureAwait(true);
        Log.Umounted(_logger, container.Id);
    }

    /// <summary>Mounts a container unless it is mounted; whoever comes while it is under way waits for the same mount.</summary>
    private async Task<MountedImage> EnsureMountedAsync(Container container)
    {
        if (container.Quarantine is not null)
        {
            throw Quarantined(container);
        }

        if (container.Mounting is { } known)
        {
            return await known.ConfigureAwait(true);
        }

        bool isProgram = !container.Manifest.IsResource;
        Task<MountedImage> mounting = Task.Run(() =>
        {
            MountedImage image = Mount(container);
            if (isProgram)
            {
                image.PrepareRoot();
            }

            return image;
        });
        container.Mounting = mounting;
        if (isProgram)
        {
            _ = CompileOnceAsync(container);
        }

        try
        {
            MountedImage image = await mounting.ConfigureAwait(true);
            Log.Mounted(_logger, container.Id, image.Integrity);
            return image;
        }
        catch (Exception e) when (e is LinuxException or NpkException or IOException or UnauthorizedAccessException)
        {
            container.Mounting = null;
            throw RuntimeException.Unexpected($"mount {container.Id}: {e.Message}", e);
        }
    }

    private async Task MountOnStartAsync()
    {
        Container[] wanted = [.. _containers.Values.Where(static c => c.Repository.Options.MountOnStart)];
        if (wanted.Length == 0)
        {
            return;
        }

        // As many at a time as there are cores: each may hash and copy a whole image.
        long began = Stopwatch.GetTimestamp();
        long reported = began;
        int done = 0;
        using var turns = new SemaphoreSlim(Environment.ProcessorCount);
        RuntimeException?[] failures = await ForEachAsync([.. wanted.Select(static c => c.Id)], MountInTurnAsync).ConfigureAwait(true);
        foreach ((Container container, RuntimeException? failure) in wanted.Zip(failures))
        {
            if (failure is null)
            {
                continue;
            }

            if (container.Repository.Options.Strict)
            {
                throw failure;
            }

            Log.MountFailed(_logger, container.Id, failure.Message);
        }

        Repositories.Log.MountedOnStart(_logger, done, wanted.Length, Stopwatch.GetElapsedTime(began));

        async Task MountInTurnAsync(ContainerId id)
        {
            await turns.WaitAsync().ConfigureAwait(true);
            try
            {
                await MountOneAsync(id).ConfigureAwait(true);
                done++;
                if (Stopwatch.GetElapsedTime(reported) >= s_progressInterval)
                {
                    reported = Stopwatch.GetTimestamp();
                    Repositories.Log.MountedOnStart(_logger, done, wanted.Length, Stopwatch.GetElapsedTime(began));
                }
            }
            finally
            {
                turns.Release();
            }
        }
    }
}
