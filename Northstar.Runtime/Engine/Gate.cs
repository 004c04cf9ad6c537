// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Engine;

/// <summary>Lets one operation of a container through at a time, in the order they came. Used on the strand only, so it needs no lock.</summary>
internal sealed class Gate
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _taken;

    /// <summary>Waits for the turn. Dispose the result to let the next one in.</summary>
    internal async ValueTask<Pass> EnterAsync()
    {
        if (_taken)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            await turn.Task.ConfigureAwait(true);
        }

        _taken = true;
        return new Pass(this);
    }

    private void Leave()
    {
        if (_waiting.TryDequeue(out TaskCompletionSource? next))
        {
            next.SetResult();
        }
        else
        {
            _taken = false;
        }
    }

    /// <summary>The turn.</summary>
    internal readonly struct Pass(Gate gate) : IDisposable
    {
        /// <summary>Lets the next one in.</summary>
        public void Dispose() => gate.Leave();
    }
}
