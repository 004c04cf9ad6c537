// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>Hands what containers write to those who follow them. Never waits for anyone; costs nothing while nobody follows. Thread safe.</summary>
internal sealed class OutputHub
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ContainerId, Dictionary<OutputFeed, OutputStreams>> _followers = [];
    private volatile int _count;

    /// <summary>Begins to hand the output of a container to a feed, or changes which streams it gets.</summary>
    internal void Follow(ContainerId container, OutputFeed feed, OutputStreams streams)
    {
        lock (_lock)
        {
            if (!_followers.TryGetValue(container, out Dictionary<OutputFeed, OutputStreams>? feeds))
            {
                _followers.Add(container, feeds = []);
            }

            feeds[feed] = streams;
            _count = _followers.Count;
        }
    }

    /// <summary>Ends what <see cref="Follow"/> began, if it did.</summary>
    internal void Unfollow(ContainerId container, OutputFeed feed)
    {
        lock (_lock)
        {
            if (_followers.TryGetValue(container, out Dictionary<OutputFeed, OutputStreams>? feeds) && feeds.Remove(feed) && feeds.Count == 0)
            {
                _followers.Remove(container);
                _count = _followers.Count;
            }
        }
    }

    /// <summary>Hands out what a container wrote.</summary>
    internal void Publish(ContainerId container, OutputSource stream, in ReadOnlySequence<byte> data)
    {
        if (_count == 0 || data.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            byte[]? copy = null;
            foreach (OutputFeed feed in FollowersOf(container, stream))
            {
                feed.Offer(new Notification.Output(container, stream, copy ??= data.ToArray()));
            }
        }
    }

    /// <summary>Tells that a stream of a container ended.</summary>
    internal void End(ContainerId container, OutputSource stream)
    {
        lock (_lock)
        {
            foreach (OutputFeed feed in FollowersOf(container, stream))
            {
                feed.End(container, stream);
            }
        }
    }

    private IEnumerable<OutputFeed> FollowersOf(ContainerId container, OutputSource stream)
    {
        OutputStreams wanted = stream == OutputSource.Stdout ? OutputStreams.Stdout : OutputStreams.Stderr;
        return _followers.TryGetValue(container, out Dictionary<OutputFeed, OutputStreams>? feeds)
            ? feeds.Keys.Where(feed => feeds[feed].HasFlag(wanted))
            : [];
    }
}

/// <summary>Streams of a container.</summary>
[Flags]
internal enum OutputStreams
{
    None = 0,
    Stdout = 1,
    Stderr = 2,
}
