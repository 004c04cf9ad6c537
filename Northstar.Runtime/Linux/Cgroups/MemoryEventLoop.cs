// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Waits for the memory events of all groups on one thread, which starts with the first of them.</summary>
/// <remarks>
/// Version 1 signals an eventfd that is registered with the group (cgroup-v1/memory.rst), version 2 changes a file that inotify(7) watches.
/// Callbacks run under the lock, so none comes after its watch has been disposed. Disposing a watch first delivers what has happened: the event
/// that ends a container comes just before its group goes.
/// </remarks>
internal sealed unsafe partial class MemoryEventLoop : IDisposable
{
    private const ulong StopKey = 0;
    private const ulong InotifyKey = 1;
    private const int InotifyEventSize = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, OutOfMemoryWatch> _eventfds = [];
    private readonly Dictionary<int, CounterWatch> _files = [];
    private readonly byte[] _buffer = new byte[4096];
    private SafeFd? _epoll;
    private SafeFd? _inotify;
    private SafeFd? _stop;
    private Thread? _thread;
    private ulong _nextKey = InotifyKey + 1;
    private bool _isStopped;

    /// <summary>Watches a group of version 1 until the result is disposed.</summary>
    internal IDisposable WatchOutOfMemory(CgroupFileSystem files, string directory, Action<MemoryEvents> callback)
    {
        SafeFd eventfd = NewEventfd();
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
            int watch = AddWatch(path);
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
                Signal(_stop);
        }

        if (thread != Thread.CurrentThread)
            thread?.Join();
        _stop?.Dispose();
        _inotify?.Dispose();
        _epoll?.Dispose();
    }

    // "<eventfd> <descriptor of memory.oom_control>"; the kernel keeps what it needs, so the second may be closed.
    private static void Register(CgroupFileSystem files, string directory, SafeFd eventfd)
    {
        using SafeFd control = files.Open(directory, "memory.oom_control", Sys.O_RDONLY);
        using var controlFd = new Borrow(control);
        using var eventFd = new Borrow(eventfd);
        files.Write(directory, "cgroup.event_control", $"{eventFd.Fd} {controlFd.Fd}");
    }

    private void EnsureRunning()
    {
        ObjectDisposedException.ThrowIf(_isStopped, this);
        if (_thread is not null)
            return;
        _epoll ??= Own(Sys.epoll_create1(Sys.EPOLL_CLOEXEC), "epoll_create1");
        _inotify ??= Own(Sys.inotify_init1(Sys.IN_CLOEXEC | Sys.IN_NONBLOCK), "inotify_init1");
        _stop ??= NewEventfd();
        Control(Sys.EPOLL_CTL_ADD, _inotify, InotifyKey);
        Control(Sys.EPOLL_CTL_ADD, _stop, StopKey);
        _thread = new Thread(Run, maxStackSize: 128 * 1024) { IsBackground = true, Name = "cgroup events" };
        _thread.Start();
    }

    private void Run()
    {
        using var epoll = new Borrow(_epoll!);
        byte* ready = stackalloc byte[16];
        while (true)
        {
            int count = Sys.epoll_wait(epoll.Fd, ready, 1, -1);
            lock (_gate)
            {
                if (_isStopped)
                    return;
                if (count > 0)
                    Handle(*(ulong*)(ready + Sys.EpollDataOffset));
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
        int length = ReadEvents();
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

    private void Control(int operation, SafeFd descriptor, ulong key)
    {
        byte* description = stackalloc byte[16];
        *(uint*)description = Sys.EPOLLIN;
        *(ulong*)(description + Sys.EpollDataOffset) = key;
        using var epoll = new Borrow(_epoll!);
        using var fd = new Borrow(descriptor);
        if (Sys.epoll_ctl(epoll.Fd, operation, fd.Fd, description) < 0)
            throw new LinuxException(Marshal.GetLastPInvokeError(), "epoll_ctl");
    }

    private int AddWatch(string path)
    {
        using var inotify = new Borrow(_inotify!);
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            int watch = Sys.inotify_add_watch(inotify.Fd, name, Sys.IN_MODIFY);
            return watch >= 0 ? watch : throw new LinuxException(Marshal.GetLastPInvokeError(), "inotify_add_watch", path);
        }
    }

    private void RemoveWatch(int watch)
    {
        // Fails when the group is gone, and its watch with it.
        using var inotify = new Borrow(_inotify!);
        _ = Sys.inotify_rm_watch(inotify.Fd, watch);
    }

    private int ReadEvents()
    {
        using var inotify = new Borrow(_inotify!);
        fixed (byte* buffer = _buffer)
        {
            return (int)Sys.read(inotify.Fd, buffer, (nuint)_buffer.Length);
        }
    }

    private static void Signal(SafeFd eventfd)
    {
        using var fd = new Borrow(eventfd);
        _ = Sys.eventfd_write(fd.Fd, 1);
    }

    private static bool TakeSignal(SafeFd eventfd)
    {
        using var fd = new Borrow(eventfd);
        ulong value;
        return Sys.eventfd_read(fd.Fd, &value) == 0;
    }

    private static SafeFd NewEventfd() => Own(Sys.eventfd(0, Sys.EFD_CLOEXEC | Sys.EFD_NONBLOCK), "eventfd");

    private static SafeFd Own(int result, string operation)
    {
        var fd = new SafeFd();
        fd.Take(result, operation);
        return fd;
    }
}
