// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Waits for the memory events of all groups on one thread, which starts with the first of them.</summary>
/// <remarks>
/// Version 1 signals an eventfd that is registered with the group (cgroup-v1/memory.rst), version 2 changes a file that inotify(7) watches.
/// Callbacks run under the lock, so none comes after its watch has been disposed.
/// </remarks>
internal sealed partial class MemoryEventLoop : IDisposable
{
    private const ulong StopKey = 0;
    private const ulong InotifyKey = 1;
    private const int InotifyEventSize = 16;

    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, OutOfMemoryWatch> _eventfds = [];
    private readonly Dictionary<int, CounterWatch> _files = [];
    private readonly byte[] _buffer = new byte[4096];
    private SafeFileHandle? _epoll;
    private SafeFileHandle? _inotify;
    private SafeFileHandle? _stop;
    private Thread? _thread;
    private ulong _nextKey = InotifyKey + 1;
    private bool _isStopped;

    /// <summary>Watches a group of version 1 until the result is disposed.</summary>
    internal IDisposable WatchOutOfMemory(CgroupFileSystem files, string directory, Action<MemoryEvents> callback)
    {
        SafeFileHandle eventfd = Own(Sys.eventfd(0, Sys.EFD_CLOEXEC | Sys.EFD_NONBLOCK), "eventfd");
        try
        {
            Register(files, directory, eventfd);
            lock (_gate)
            {
                EnsureRunning();
                ulong key = _nextKey++;
                Control(Sys.EPOLL_CTL_ADD, eventfd, key);
                return _eventfds[key] = new OutOfMemoryWatch(this, key, eventfd, callback);
            }
        }
        catch
        {
            eventfd.Dispose();
            throw;
        }
    }

    /// <summary>Watches a group of version 2 until the result is disposed.</summary>
    internal IDisposable WatchCounters(CgroupFileSystem files, string directory, Action<MemoryEvents> callback)
    {
        lock (_gate)
        {
            EnsureRunning();
            string path = Path.Combine(directory, CounterWatch.File);
            int watch = Sys.inotify_add_watch(_inotify!, path, Sys.IN_MODIFY);
            if (watch < 0)
                throw Failure("inotify_add_watch", path);
            return _files[watch] = new CounterWatch(this, watch, files, directory, callback);
        }
    }

    /// <summary>Ends all watches.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            thread = _thread;
            foreach (OutOfMemoryWatch watch in _eventfds.Values.ToArray())
                watch.Dispose();
            _files.Clear();
            if (_stop is not null)
                _ = Sys.eventfd_write(_stop, 1);
        }

        if (thread != Thread.CurrentThread)
            thread?.Join();
        _stop?.Dispose();
        _inotify?.Dispose();
        _epoll?.Dispose();
    }

    // "<eventfd> <descriptor of memory.oom_control>"; the kernel keeps what it needs, so the second may be closed.
    private static void Register(CgroupFileSystem files, string directory, SafeFileHandle eventfd)
    {
        using SafeFileHandle control = File.OpenHandle(Path.Combine(directory, "memory.oom_control"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        files.Write(directory, "cgroup.event_control", $"{eventfd.DangerousGetHandle()} {control.DangerousGetHandle()}");
        GC.KeepAlive(control);
    }

    private void EnsureRunning()
    {
        ObjectDisposedException.ThrowIf(_isStopped, this);
        if (_thread is not null)
            return;
        _epoll ??= Own(Sys.epoll_create1(Sys.EPOLL_CLOEXEC), "epoll_create1");
        _inotify ??= Own(Sys.inotify_init1(Sys.IN_CLOEXEC | Sys.IN_NONBLOCK), "inotify_init1");
        _stop ??= Own(Sys.eventfd(0, Sys.EFD_CLOEXEC | Sys.EFD_NONBLOCK), "eventfd");
        Control(Sys.EPOLL_CTL_ADD, _inotify, InotifyKey);
        Control(Sys.EPOLL_CTL_ADD, _stop, StopKey);
        _thread = new Thread(Run, maxStackSize: 128 * 1024) { IsBackground = true, Name = "cgroup events" };
        _thread.Start();
    }

    private void Run()
    {
        Span<byte> ready = stackalloc byte[16];
        while (true)
        {
            int count = Sys.epoll_wait(_epoll!, ref ready[0], 1, -1);
            lock (_gate)
            {
                if (_isStopped)
                    return;
                if (count > 0)
                    Handle(BinaryPrimitives.ReadUInt64LittleEndian(ready[s_dataOffset..]));
            }
        }
    }

    private void Handle(ulong key)
    {
        if (key == InotifyKey)
            ReadInotify();
        else if (_eventfds.TryGetValue(key, out OutOfMemoryWatch? watch))
            watch.Deliver();
    }

    // struct inotify_event: watch at 0, mask at 4, cookie at 8, length of the name that follows at 12.
    private void ReadInotify()
    {
        int length = RandomAccess.Read(_inotify!, _buffer, 0);
        HashSet<CounterWatch> changed = [];
        for (int offset = 0; offset + InotifyEventSize <= length;)
        {
            ReadOnlySpan<byte> item = _buffer.AsSpan(offset);
            if ((BinaryPrimitives.ReadUInt32LittleEndian(item[4..]) & Sys.IN_Q_OVERFLOW) != 0)
                changed.UnionWith(_files.Values);
            else if (_files.TryGetValue(BinaryPrimitives.ReadInt32LittleEndian(item), out CounterWatch? watch))
                changed.Add(watch);
            offset += InotifyEventSize + (int)BinaryPrimitives.ReadUInt32LittleEndian(item[12..]);
        }

        foreach (CounterWatch watch in changed)
            watch.Deliver();
    }

    private void Control(int operation, SafeFileHandle descriptor, ulong key)
    {
        Span<byte> description = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(description, Sys.EPOLLIN);
        BinaryPrimitives.WriteUInt64LittleEndian(description[s_dataOffset..], key);
        if (Sys.epoll_ctl(_epoll!, operation, descriptor, ref description[0]) < 0)
            throw Failure("epoll_ctl", null);
    }

    private static SafeFileHandle Own(int descriptor, string operation) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(operation, null);

    private static IOException Failure(string operation, string? path) =>
        new($"{operation} {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
}
