// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Support;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Done)> _waiting = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer is set that fires so long from now.</summary>
    internal Task TimerAsync(TimeSpan due)
    {
        lock (_lock)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_armed.Exists(t => t.Due == _now + due))
            {
                done.SetResult();
            }

            _waiting.Add((due, done));
            return done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    /// <summary>Lets time pass; timers fire on the caller's thread.</summary>
    internal void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += time;
            due = _armed.FindAll(t => t.Due <= _now);
            _armed.RemoveAll(due.Contains);
        }

        due.ForEach(static t => t.Fire());
    }

    private void Set(ManualTimer timer, TimeSpan due)
    {
        lock (_lock)
        {
            _armed.Remove(timer);
            if (due == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            timer.Due = _now + due;
            _armed.Add(timer);
            foreach ((_, TaskCompletionSource done) in _waiting.FindAll(w => w.Due == due))
            {
                done.TrySetResult();
            }
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, Action fire) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        internal TimeSpan Due { get; set; }

        internal void Fire()
        {
            if (_period > TimeSpan.Zero)
            {
                owner.Set(this, _period);
            }

            fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            owner.Set(this, dueTime);
            return true;
        }

        public void Dispose() => owner.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
