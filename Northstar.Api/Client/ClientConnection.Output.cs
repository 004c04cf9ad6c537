// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <content>Following what containers write.</content>
internal sealed partial class ClientConnection
{
    // The runtime keeps one subscription for each container of a connection, the latest: changes are made one after another.
    private readonly SemaphoreSlim _outputGate = new(1, 1);
    private readonly List<OutputSubscription> _outputs = [];

    /// <summary>Follows a container.</summary>
    /// <returns>The subscription and the response; nulls when the connection had ended before.</returns>
    internal async Task<(OutputSubscription Output, Response? Response)> TryFollowAsync(
        ContainerId container, bool stdout, bool stderr, int capacityBytes, CancellationToken cancellationToken)
    {
        var subscription = new OutputSubscription(container, stdout, stderr, capacityBytes, UnfollowAsync);
        await _outputGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool followed = false;
        try
        {
            // Ready before the runtime is: nothing may come too early.
            lock (_lock)
            {
                _outputs.Add(subscription);
                stdout = _outputs.Exists(o => o.Container == container && o.Follows(OutputSource.Stdout));
                stderr = _outputs.Exists(o => o.Container == container && o.Follows(OutputSource.Stderr));
            }

            Response? response = await TrySendAsync(new Request.OutputSubscribe(container, stdout, stderr), cancellationToken).ConfigureAwait(false);
            followed = response is Response.OutputSubscribe { Result.IsOk: true };
            return (subscription, response);
        }
        finally
        {
            if (!followed)
            {
                lock (_lock)
                {
                    _outputs.Remove(subscription);
                }
            }

            _outputGate.Release();
        }
    }

    // Hands a part of a container's output to those who follow it.
    private void DispatchOutput(ContainerId container, Notification notification)
    {
        OutputSubscription[] followers;
        lock (_lock)
        {
            followers = [.. _outputs.Where(o => o.Container == container)];
        }

        Array.ForEach(followers, follower => follower.Add(notification));
    }

    private void EndOutputs()
    {
        OutputSubscription[] followers;
        lock (_lock)
        {
            followers = [.. _outputs];
            _outputs.Clear();
        }

        Array.ForEach(followers, static follower => follower.Complete());
    }

    private async ValueTask UnfollowAsync(OutputSubscription subscription)
    {
        await _outputGate.WaitAsync().ConfigureAwait(false);
        try
        {
            bool last;
            lock (_lock)
            {
                last = _outputs.Remove(subscription) && !_outputs.Exists(o => o.Container == subscription.Container);
            }

            if (last)
            {
                await TrySendAsync(new Request.OutputUnsubscribe(subscription.Container), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (ApiException)
        {
            // The connection has ended, and the subscription with it.
        }
        finally
        {
            _outputGate.Release();
        }
    }
}
