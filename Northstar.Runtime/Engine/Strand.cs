// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;

namespace Northstar.Runtime.Engine;

/// <summary>
/// Runs one piece of work at a time, in the order it arrives: what runs here may touch the engine's state without locks. Awaits inside come
/// back here. A caller that finds the strand idle runs its work at once on its own thread, which saves a switch of threads.
/// </summary>
internal sealed class Strand : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Work, object? State)> _queue = new();
    private readonly Action<Exception> _onFault;
    private int _count;

    /// <summary>What the work of this thread wants to have run beside the strand.</summary>
    [ThreadStatic]
    private static Action? s_aside;

    /// <summary>Makes a strand. <paramref name="onFault"/> gets what posted work throws; it must not throw itself.</summary>
    internal Strand(Action<Exception> onFault) => _onFault = onFault;

    /// <summary>Runs an operation here and returns its result.</summary>
    internal Task<T> RunAsync<T>(Func<Task<T>> operation)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(static state => ((Action)state!)(), (Action)Run);
        if (Interlocked.Increment(ref _count) == 1)
        {
            Drain();
        }

        return completion.Task;

        async void Run()
        {
            try
            {
                completion.SetResult(await operation().ConfigureAwait(true));
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        }
    }

    /// <summary>Runs an operation here.</summary>
    internal Task RunAsync(Func<Task> operation) => RunAsync(async () =>
    {
        await operation().ConfigureAwait(true);
        return true;
    });

    /// <summary>
    /// Runs slow work beside the strand and returns its result. Called on the strand. When nothing else waits for the strand, the work runs
    /// on this thread once the strand is left: no other thread has to wake up for it.
    /// </summary>
    internal Task<T> RunAsideAsync<T>(Func<Task<T>> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (s_aside is null)
        {
            s_aside = Run;
        }
        else
        {
            ThreadPool.QueueUserWorkItem(static run => run(), (Action)Run, preferLocal: false);
        }

        return completion.Task;

        async void Run()
        {
            try
            {
                completion.SetResult(await work().ConfigureAwait(false));
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        }
    }

    /// <summary>Queues a continuation; it never runs on the caller's thread.</summary>
    public override void Post(SendOrPostCallback d, object? state)
    {
        Enqueue(d, state);
        if (Interlocked.Increment(ref _count) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static strand => strand.Drain(), this, preferLocal: false);
        }
    }

    /// <summary>Not supported: nobody may wait for the strand by blocking a thread.</summary>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("the strand is never waited for");

    private void Enqueue(SendOrPostCallback work, object? state) => _queue.Enqueue((work, state));

    private void Drain()
    {
        SynchronizationContext? previous = Current;
        SetSynchronizationContext(this);
        try
        {
            do
            {
                // The count says that something is there; its enqueue came before the count was raised.
                (SendOrPostCallback Work, object? State) item;
                while (!_queue.TryDequeue(out item))
                {
                    Thread.SpinWait(1);
                }

                Invoke(item.Work, item.State);
            }
            while (Interlocked.Decrement(ref _count) != 0 && HandOverAside());
        }
        finally
        {
            SetSynchronizationContext(previous);
        }

        Action? aside = s_aside;
        s_aside = null;
        aside?.Invoke();
    }

    /// <summary>More work for the strand is there: what wants to run beside it goes to another thread.</summary>
    private static bool HandOverAside()
    {
        if (s_aside is { } aside)
        {
            s_aside = null;
            ThreadPool.QueueUserWorkItem(static run => run(), aside, preferLocal: false);
        }

        return true;
    }

    private void Invoke(SendOrPostCallback work, object? state)
    {
        try
        {
            work(state);
        }
        catch (Exception e)
        {
            _onFault(e);
        }
    }
}
