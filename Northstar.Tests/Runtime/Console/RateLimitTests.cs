// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Console;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>The sliding window of messages.</summary>
public sealed class RateLimitTests
{
    [TestCase(5u, 5)]
    [TestCase(1u, 1)]
    [TestCase(0u, 1, Description = "0 acts like 1")]
    public void NextPause_LimitReached_LastsUntilTheOldestMessageIsASecondOld(uint limit, int messages)
    {
        var time = new ManualTimeProvider();
        var rate = new RateLimit(limit, time);
        for (int i = 0; i < messages; i++)
        {
            Assert.That(rate.NextPause(), Is.EqualTo(TimeSpan.Zero));
            rate.Count();
        }

        Assert.That(rate.NextPause(), Is.EqualTo(TimeSpan.FromSeconds(1)));
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.That(rate.NextPause(), Is.EqualTo(TimeSpan.FromMilliseconds(1)));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(rate.NextPause(), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task T210_Requests_OverTheRate_AreAnsweredLater()
    {
        await using var console = new ConsoleFixture(limits: static l => l.MaxRequestsPerSecond = 5);
        await console.Peer.SendAsync(
            ConsoleFixture.Connect + "\n" + string.Concat(Enumerable.Repeat(ConsoleFixture.Ident + "\n", 12)));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.Ack));
        foreach (int answers in new[] { 4, 5, 3 })
        {
            for (int i = 0; i < answers; i++)
            {
                Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
            }

            if (answers != 3)
            {
                await console.Time.TimerAsync(TimeSpan.FromSeconds(1));
                Assert.That(console.Peer.Socket.Available, Is.Zero);
                console.Time.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }

    [Test]
    public async Task Notifications_DuringThePause_GoOn()
    {
        await using ConsoleFixture console =
            await ConsoleFixture.ConnectedAsync(limits: static l => l.MaxRequestsPerSecond = 1, subscribe: true);
        await console.Peer.SendLineAsync(ConsoleFixture.Ident);
        await console.Time.TimerAsync(TimeSpan.FromSeconds(1));
        console.Runtime.Notifications.Publish(new Northstar.Api.Notification.Started(FakeRuntime.Hello));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo("""{"notification":{"started":"hello:0.0.1"}}"""));
        console.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await console.Peer.ReadLineAsync(), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }
}
