// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>
/// Runs slow work on a thread of its own that the disk serves when nobody else wants it (ioprio_set(2)). That is an attribute of the
/// thread, which ends with the work.
/// </summary>
internal static class IdleThread
{
    /// <summary>Runs work. A kernel without I/O priorities runs it all the same.</summary>
    internal static Task<T> RunAsync<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
        return done.Task;

        void Run()
        {
            _ = Sys.ioprio_set(Sys.IOPRIO_WHO_PROCESS, 0, Sys.IOPRIO_IDLE);
            try
            {
                done.SetResult(work());
            }
            catch (OperationCanceledException e)
            {
                done.SetCanceled(e.CancellationToken);
            }
#pragma warning disable CA1031 // Carried to whoever waits, whatever it is.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        }
    }
}
