// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Linux;

namespace Northstar.Runtime.Engine;

/// <summary>Reading all of a stored package again because somebody asks.</summary>
internal sealed partial class RuntimeEngine
{
    /// <summary>One after another: more at a time would only make the disk seek.</summary>
    private readonly SemaphoreSlim _verifying = new(1, 1);

    /// <summary>Reads all of a stored package, on a thread that the disk serves last. Damage counts as damage that is met at run time.</summary>
    internal async Task VerifyAsync(ContainerId id, IProgress<VerifyProgress> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        Container container = await RequestAsync(() => Task.FromResult(Find(id))).ConfigureAwait(false);
        string? damage;
        await _verifying.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            damage = await IdleThread.RunAsync("verify", () => FindDamage(container, progress, stop.Token)).ConfigureAwait(false);
        }
        finally
        {
            _verifying.Release();
        }

        if (damage is null)
        {
            Log.Verified(_logger, id, container.Repository.Id);
            return;
        }

        await _strand.RunAsync(() => OnCorrupted(container, damage)).ConfigureAwait(false);
        throw RuntimeException.Unexpected($"container {id} is damaged: {damage}");
    }

    private static string? FindDamage(Container container, IProgress<VerifyProgress> progress, CancellationToken cancellationToken)
    {
        NpkPackage package = container.Stored.Package;
        try
        {
            package.VerifyOnThisThread(new ByteCount(package.Image.LengthBytes, progress), cancellationToken);
            return null;
        }
        catch (ObjectDisposedException)
        {
            throw RuntimeException.NotInstalled(container.Id);
        }
        catch (Exception e) when (e is NpkException or IOException)
        {
            return e.Message;
        }
    }

    private sealed class ByteCount(long total, IProgress<VerifyProgress> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new VerifyProgress(value, total));
    }
}
