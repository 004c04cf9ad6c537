// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Threading.Channels;
using Northstar.Api;

namespace Northstar.Runtime.Engine;

/// <summary>Hands every notification to every subscriber, in one order. A subscriber that falls behind by more than its buffer is cut off.</summary>
internal sealed class NotificationHub(int bufferSize)
{
    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];

    /// <summary>Gets or sets what gets every notification beside the subscribers, before them. It must neither block nor throw.</summary>
    internal Action<Notification>? Observer { get; set; }

    /// <summary>Begins to collect notifications.</summary>
    internal Subscription Subscribe()
    {
        var subscription = new Subscription(this, bufferSize);
        lock (_lock)
        {
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <summary>Hands out a notification; never blocks.</summary>
    internal void Publish(Notification notification)
    {
        Observer?.Invoke(notification);
        lock (_lock)
        {
            foreach (Subscription subscription in _subscriptions)
            {
                subscription.Offer(notification);
            }
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>The notifications since the subscription. Its reader ends when the buffer overflowed.</summary>
    internal sealed class Subscription : IDisposable
    {
        private readonly NotificationHub _hub;
        private readonly Channel<Notification> _channel;

        internal Subscription(NotificationHub hub, int bufferSize)
        {
            _hub = hub;
            _channel = Channel.CreateBounded<Notification>(new BoundedChannelOptions(bufferSize) { SingleReader = true, SingleWriter = true });
        }

        /// <summary>Gets the notifications. Completed: the subscriber fell behind and has lost some.</summary>
        internal ChannelReader<Notification> Reader => _channel.Reader;

        /// <summary>Ends the subscription.</summary>
        public void Dispose() => _hub.Remove(this);

        internal void Offer(Notification notification)
        {
            if (!_channel.Writer.TryWrite(notification))
            {
                _channel.Writer.TryComplete();
            }
        }
    }
}
