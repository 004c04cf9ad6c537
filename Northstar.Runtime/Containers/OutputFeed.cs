// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Threading.Channels;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>
/// What one client has still to read of the output of the containers that it follows. Bounded: when it is full, a stream is left out until all before
/// it was read, and then the client is told how much it misses.
/// </summary>
internal sealed class OutputFeed : IDisposable
{
    /// <summary>The most bytes of output that wait for one client.</summary>
    internal const int MaxBytes = 256 * 1024;

    /// <summary>The most containers that one client follows.</summary>
    internal const int MaxContainers = 256;

    /// <summary>What a piece costs beside its bytes: single bytes are not free.</summary>
    private const int PieceCost = 128;

    private readonly OutputHub _hub;
    private readonly Lock _lock = new();
    private readonly Queue<Notification> _pieces = [];
    private readonly Dictionary<(ContainerId Container, OutputSource Stream), Gap> _gaps = [];
    private readonly HashSet<ContainerId> _containers = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _bytes;

    internal OutputFeed(OutputHub hub) => _hub = hub;

    /// <summary>Follows a container. False when that would be one too many.</summary>
    internal bool TryFollow(ContainerId container, OutputStreams streams)
    {
        if (_containers.Count == MaxContainers && !_containers.Contains(container))
        {
            return false;
        }

        _containers.Add(container);
        _hub.Follow(container, this, streams);
        return true;
    }

    /// <summary>Follows a container no longer, and forgets what waits of it.</summary>
    internal void Unfollow(ContainerId container)
    {
        _containers.Remove(container);
        _hub.Unfollow(container, this);
        lock (_lock)
        {
            Notification[] others = [.. _pieces.Where(p => ContainerOf(p) != container)];
            _pieces.Clear();
            _bytes = 0;
            foreach (Notification piece in others)
            {
                Enqueue(piece);
            }

            _gaps.Remove((container, OutputSource.Stdout));
            _gaps.Remove((container, OutputSource.Stderr));
        }
    }

    /// <summary>Takes what a container wrote, or counts it as lost.</summary>
    internal void Offer(Notification.Output piece)
    {
        lock (_lock)
        {
            (ContainerId, OutputSource) key = (piece.Container, piece.Stream);
            if (_gaps.TryGetValue(key, out Gap gap) || _bytes + Cost(piece) > MaxBytes)
            {
                _gaps[key] = new Gap(gap.Lost + (ulong)piece.Data.Length, HasEnd: false);
            }
            else
            {
                Enqueue(piece);
            }
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes the end of a stream.</summary>
    internal void End(ContainerId container, OutputSource stream)
    {
        var end = new Notification.OutputEnd(container, stream);
        lock (_lock)
        {
            if (_gaps.TryGetValue((container, stream), out Gap gap) || _bytes + PieceCost > MaxBytes)
            {
                _gaps[(container, stream)] = gap with { HasEnd = true };
            }
            else
            {
                Enqueue(end);
            }
        }

        _signal.Writer.TryWrite(true);
    }

    /// <summary>Takes the next notification, if there is one.</summary>
    internal bool TryRead(out Notification? notification)
    {
        lock (_lock)
        {
            if (_pieces.TryDequeue(out notification))
            {
                _bytes -= Cost(notification);
                return true;
            }

            foreach (((ContainerId container, OutputSource stream), Gap gap) in _gaps)
            {
                _gaps.Remove((container, stream));
                if (gap.Lost > 0 && gap.HasEnd)
                {
                    Enqueue(new Notification.OutputEnd(container, stream));
                }

                notification = gap.Lost > 0 ? new Notification.OutputLost(container, stream, gap.Lost) : new Notification.OutputEnd(container, stream);
                return true;
            }

            // Whoever waits from now on waits for what comes.
            _signal.Reader.TryRead(out _);
            return false;
        }
    }

    /// <summary>Waits until there may be something to read.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _signal.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Follows nothing any more.</summary>
    public void Dispose()
    {
        foreach (ContainerId container in _containers)
        {
            _hub.Unfollow(container, this);
        }
    }

    private void Enqueue(Notification piece)
    {
        _pieces.Enqueue(piece);
        _bytes += Cost(piece);
    }

    private static int Cost(Notification piece) => PieceCost + (piece is Notification.Output output ? output.Data.Length : 0);

    private static ContainerId ContainerOf(Notification piece) => piece switch
    {
        Notification.Output output => output.Container,
        Notification.OutputEnd end => end.Container,
        _ => default,
    };

    private readonly record struct Gap(ulong Lost, bool HasEnd);
}
