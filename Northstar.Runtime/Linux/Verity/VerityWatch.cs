// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>
/// Waits, on one thread that sleeps in the kernel, for blocks that do not match their hash, and for changes of the files behind the devices.
/// </summary>
/// <remarks>
/// dm-verity makes no event of the device mapper (DM_DEV_WAIT would sleep on), it sends a uevent. Anybody with enough rights can send such a
/// message, and the number of a device is used again: what it says is believed only when the status of the device says so too.
/// </remarks>
internal sealed unsafe partial class VerityWatch : IDisposable
{
    private const int MessageBytes = 8192;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Registration> _devices = [];
    private readonly SafeFd _socket = new();
    private readonly SafeFd _inotify = new();
    private readonly SafeFd _stop = new();
    private readonly Thread _thread;
    private bool _isStopped;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="LinuxException">The kernel gives no socket or no inotify instance.</exception>
    internal VerityWatch()
    {
        try
        {
            _socket.Take(Sys.socket(Sys.AF_NETLINK, Sys.SOCK_DGRAM | Sys.SOCK_CLOEXEC, Sys.NETLINK_KOBJECT_UEVENT), "socket", "NETLINK_KOBJECT_UEVENT");
            _inotify.Take(Sys.inotify_init1(Sys.IN_CLOEXEC | Sys.IN_NONBLOCK), "inotify_init1");
            _stop.Take(Sys.eventfd(0, Sys.EFD_CLOEXEC | Sys.EFD_NONBLOCK), "eventfd");
            var address = new Sys.sockaddr_nl { nl_family = Sys.AF_NETLINK, nl_groups = 1 };
            using var fd = new Borrow(_socket);
            if (Sys.bind(fd.Fd, &address, (uint)sizeof(Sys.sockaddr_nl)) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "bind", "NETLINK_KOBJECT_UEVENT");
            }
        }
        catch
        {
            Close();
            throw;
        }

        _thread = new Thread(Run, maxStackSize: 128 * 1024) { IsBackground = true, Name = "verity events" };
        _thread.Start();
    }

    /// <summary>Watches a device until the result is disposed, which must be before the device is.</summary>
    /// <param name="device">The device.</param>
    /// <param name="backingFile">The file behind it.</param>
    /// <param name="onCorrupted">Called once at most, from a thread of the pool, with what does not match.</param>
    /// <param name="onFileChanged">Called from a thread of the pool when somebody wrote to the file or cut it.</param>
    internal IDisposable Add(VerityDevice device, SafeHandle backingFile, Action<string> onCorrupted, Action onFileChanged)
    {
        lock (_gate)
        {
            var registration = new Registration(this, device, AddFile(backingFile), onCorrupted, onFileChanged);
            _devices[device.Number] = registration;
            return registration;
        }
    }

    /// <summary>Ends all watches.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            _devices.Clear();
            using var stop = new Borrow(_stop);
            _ = Sys.eventfd_write(stop.Fd, 1);
        }

        _thread.Join();
        Close();
    }

    private void Close()
    {
        _socket.Dispose();
        _inotify.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        using var socket = new Borrow(_socket);
        using var inotify = new Borrow(_inotify);
        using var stop = new Borrow(_stop);
        byte* message = stackalloc byte[MessageBytes];
        byte* events = stackalloc byte[MessageBytes];
        Sys.pollfd* fds = stackalloc Sys.pollfd[3];
        fds[0] = new Sys.pollfd { fd = socket.Fd, events = Sys.POLLIN };
        fds[1] = new Sys.pollfd { fd = inotify.Fd, events = Sys.POLLIN };
        fds[2] = new Sys.pollfd { fd = stop.Fd, events = Sys.POLLIN };
        while (true)
        {
            _ = Sys.poll(fds, 3, -1);
            nint length = Sys.recv(socket.Fd, message, MessageBytes, Sys.MSG_DONTWAIT);
            bool isLost = length < 0 && Marshal.GetLastPInvokeError() == (int)Errno.ENOBUFS;
            nint eventsLength = Sys.read(inotify.Fd, events, MessageBytes);
            var callbacks = new List<Action>();
            lock (_gate)
            {
                if (_isStopped)
                {
                    return;
                }

                Read(new ReadOnlySpan<byte>(message, (int)Math.Max(length, 0)), isLost, callbacks);
                ReadFiles(new ReadOnlySpan<byte>(events, (int)Math.Max(eventsLength, 0)), callbacks);
            }

            // Not here: whoever is told may do a lot of work at once, and this thread has a small stack.
            callbacks.ForEach(static c => ThreadPool.QueueUserWorkItem(static c => c(), c, preferLocal: false));
        }
    }

    private void Read(ReadOnlySpan<byte> message, bool isLost, List<Action> callbacks)
    {
        if (isLost)
        {
            // More happened than the socket can hold: any device may be meant.
            foreach (Registration registration in _devices.Values.ToArray())
            {
                registration.Check("a block", callbacks);
            }
        }
        else if (VerityUevent.TryParse(message) is { } uevent && _devices.TryGetValue(uevent.Device, out Registration? registration))
        {
            registration.Check(uevent.Block, callbacks);
        }
    }

    private sealed class Registration(VerityWatch watch, VerityDevice device, int file, Action<string> onCorrupted, Action onFileChanged) : IDisposable
    {
        private bool _isTold;

        internal int File => file;

        internal Action OnFileChanged => onFileChanged;

        public void Dispose()
        {
            lock (watch._gate)
            {
                if (watch._devices.TryGetValue(device.Number, out Registration? known) && known == this)
                {
                    watch._devices.Remove(device.Number);
                    watch.RemoveFile(file);
                }
            }
        }

        internal void Check(string block, List<Action> callbacks)
        {
            if (!_isTold && device.IsCorrupted)
            {
                _isTold = true;
                callbacks.Add(() => onCorrupted($"{block} does not match its hash"));
            }
        }
    }
}
