// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Threading.Channels;
using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Follows what a container writes, over all its starts (extension <see cref="ProtocolExtensions.Output"/>).</summary>
/// <remarks>
/// An enumeration gives <see cref="Notification.Output"/>, <see cref="Notification.OutputLost"/> where bytes are missing, since they were not read fast
/// enough, and <see cref="Notification.OutputEnd"/> when the processes that had a stream are gone. It ends with the connection or with
/// <see cref="DisposeAsync"/>. Several enumerations share what comes. All members are thread safe.
/// </remarks>
public sealed class OutputSubscription : IAsyncEnumerable<Notification>, IAsyncDisposable
{
    // What an item costs beside its data.
    private const int ItemBytes = 256;

    private readonly Channel<Notification> _items = Channel.CreateUnbounded<Notification>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly Func<OutputSubscription, ValueTask> _unsubscribe;
    private readonly Lock _lock = new();
    private readonly ulong[] _lost = new ulong[2];
    private readonly bool[] _followed;
    private readonly int _capacityBytes;
    private long _queuedBytes;

    internal OutputSubscription(ContainerId container, bool stdout, bool stderr, int capacityBytes, Func<OutputSubscription, ValueTask> unsubscribe)
    {
        Container = container;
        _followed = [stdout, stderr];
        _capacityBytes = capacityBytes;
        _unsubscribe = unsubscribe;
    }

    /// <summary>Gets the container.</summary>
    public ContainerId Container { get; }

    /// <summary>Reads what comes.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerator<Notification> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (Notification item in _items.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Add(ref _queuedBytes, -CostOf(item));
            yield return item;
        }
    }

    /// <summary>Follows the container no longer. What came before can still be read.</summary>
    public ValueTask DisposeAsync()
    {
        Complete();
        return _unsubscribe(this);
    }

    internal bool Follows(OutputSource stream) => _followed[(int)stream];

    /// <summary>Takes a notification about one of the streams. What does not fit is counted instead.</summary>
    internal void Add(Notification notification)
    {
        lock (_lock)
        {
            switch (notification)
            {
                case Notification.Output output when Follows(output.Stream):
                    if (Interlocked.Read(ref _queuedBytes) + CostOf(output) > _capacityBytes)
                    {
                        _lost[(int)output.Stream] += (ulong)output.Data.Length;
                        return;
                    }

                    TellLost(output.Stream);
                    Write(output);
                    return;
                case Notification.OutputLost lost when Follows(lost.Stream):
                    _lost[(int)lost.Stream] += lost.Bytes;
                    return;
                case Notification.OutputEnd end when Follows(end.Stream):
                    TellLost(end.Stream);
                    Write(end);
                    return;
                default:
                    return;
            }
        }
    }

    /// <summary>Ends the enumeration behind what came.</summary>
    internal void Complete()
    {
        lock (_lock)
        {
            TellLost(OutputSource.Stdout);
            TellLost(OutputSource.Stderr);
            _items.Writer.TryComplete();
        }
    }

    private void TellLost(OutputSource stream)
    {
        if (_lost[(int)stream] > 0)
        {
            Write(new Notification.OutputLost(Container, stream, _lost[(int)stream]));
            _lost[(int)stream] = 0;
        }
    }

    private void Write(Notification item)
    {
        Interlocked.Add(ref _queuedBytes, CostOf(item));
        _items.Writer.TryWrite(item);
    }

    private static long CostOf(Notification item) => ItemBytes + (item is Notification.Output output ? output.Data.Length : 0);
}
