// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>Owns a file descriptor.</summary>
internal class SafeFd : SafeHandle
{
    internal SafeFd()
        : base(-1, ownsHandle: true)
    {
    }

    /// <summary>Gets a value indicating whether no descriptor was put in.</summary>
    public override bool IsInvalid => (long)handle is < 0 or > int.MaxValue;

    /// <summary>Puts in the result of a system call, or throws when it failed. The handle exists beforehand, so nothing leaks between.</summary>
    internal void Take(int result, string operation, string? path = null)
    {
        if (result < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), operation, path);
        }

        SetHandle(result);
    }

    /// <summary>Hands the descriptor over to the framework's own type; this handle is empty afterwards.</summary>
    internal SafeFileHandle ToFileHandle()
    {
        var file = new SafeFileHandle(handle, ownsHandle: true);
        SetHandleAsInvalid();
        return file;
    }

    /// <summary>Hands the descriptor over to the framework's socket; this handle is empty afterwards.</summary>
    internal Socket ToSocket()
    {
        var owner = new SafeSocketHandle(handle, ownsHandle: true);
        SetHandleAsInvalid();
        try
        {
            return new Socket(owner);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Closes. Never retried: the descriptor is gone even after EINTR (close(2)).</summary>
    protected override bool ReleaseHandle() => Sys.close((int)handle) == 0;
}

/// <summary>Owns a detached mount. Closing it unmounts, unless something else uses the same super block.</summary>
internal sealed class MountHandle : SafeFd;

/// <summary>Owns an open device-mapper device that was told to go: the kernel removes it once nobody has it open any more.</summary>
internal sealed class DeviceMapperHandle : SafeFd;

/// <summary>Owns a pidfd (pidfd_open(2)).</summary>
internal sealed class PidFd : SafeFd
{
    /// <summary>Gets a value indicating whether the process has ended: then the descriptor is readable (pidfd_open(2)).</summary>
    internal unsafe bool HasEnded
    {
        get
        {
            using var fd = new Borrow(this);
            var poll = new Sys.pollfd { fd = fd.Fd, events = Sys.POLLIN };
            return Sys.poll(&poll, 1, 0) > 0;
        }
    }
}
