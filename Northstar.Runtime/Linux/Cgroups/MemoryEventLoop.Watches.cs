// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

internal sealed partial class MemoryEventLoop
{
    private sealed class OutOfMemoryWatch(MemoryEventLoop loop, ulong key, SafeFd eventfd, Action<MemoryEvents> callback) : IDisposable
    {
        internal void Deliver()
        {
            if (TakeSignal(eventfd))
                callback(MemoryEvents.OutOfMemory);
        }

        public void Dispose()
        {
            lock (loop._gate)
            {
                if (!loop._eventfds.Remove(key))
                    return;
                if (!loop._isStopped)
                    Deliver();
                loop.Control(Sys.EPOLL_CTL_DEL, eventfd, key);
                eventfd.Dispose();
            }
        }
    }

    private sealed class CounterWatch(MemoryEventLoop loop, int watch, CgroupFileSystem files, string directory, Action<MemoryEvents> callback) : IDisposable
    {
        internal const string File = "memory.events";

        private string _last = files.Read(directory, File);

        internal void Deliver()
        {
            string text = files.Read(directory, File);
            if (text.Length == 0 || text == _last)
                return;
            _last = text;
            callback(MemoryEvents.Parse(text));
        }

        public void Dispose()
        {
            lock (loop._gate)
            {
                if (!loop._files.Remove(watch))
                    return;
                if (!loop._isStopped)
                    Deliver();
                loop.RemoveWatch(watch);
            }
        }
    }
}
