// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>A container's init as the runtime sees it: its messages, its end, and a way to signal it that no other process can get.</summary>
internal sealed class LaunchedContainer : IDisposable
{
    private readonly ForkedInit _init;
    private readonly Socket _control;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal LaunchedContainer(ForkedInit init, SafeFd control)
    {
        _init = init;
        _control = control.ToSocket();
        Exited = RunAsync();
    }

    /// <summary>Gets the host pid of init.</summary>
    internal int Pid => _init.Pid;

    /// <summary>Gets a task that ends when the program runs, and fails when it never did.</summary>
    internal Task Started => _started.Task;

    /// <summary>Gets the end of the container: every process of it is gone. Never fails.</summary>
    internal Task<ContainerExit> Exited { get; }

    /// <summary>Sends a signal to the process group of init; SIGKILL ends the whole PID namespace. Returns 0 or an errno; a container that is gone already is no error.</summary>
    internal int Kill(int signal)
    {
        using var pidFd = new Borrow(_init.PidFd);
        uint group = signal == Sys.SIGKILL ? 0 : Sys.PIDFD_SIGNAL_PROCESS_GROUP;
        int result = Sys.pidfd_send_signal(pidFd.Fd, signal, group);
        if (result < 0 && group != 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINVAL)
        {
            // Before Linux 6.9: the group's number belongs to init as long as init lives, which the first call makes sure of.
            result = Sys.pidfd_send_signal(pidFd.Fd, 0, 0);
            result = result < 0 ? result : Sys.kill(-_init.Pid, signal);
        }

        int errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        return errno == (int)Errno.ESRCH ? 0 : errno;
    }

    /// <summary>Closes what is held. Call after <see cref="Exited"/>.</summary>
    public void Dispose()
    {
        _control.Dispose();
        _init.PidFd.Dispose();
    }

    private async Task<ContainerExit> RunAsync()
    {
        ContainerExit? reported = null;
        bool understood = true;
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxMessage, pinned: true);
        while (true)
        {
            int length = await ReceiveAsync(buffer).ConfigureAwait(false);
            if (length == 0)
            {
                break;
            }

            understood &= Handle(buffer.AsSpan(0, length), ref reported);
            if (!understood)
            {
                // What init sends is input like any other: a message that is none of ours ends this container, nothing else.
                _ = Kill(Sys.SIGKILL);
            }
        }

        int status = await _init.Reaped.ConfigureAwait(false);
        _started.TrySetException(new LaunchFailedException(LaunchStage.None, (int)Errno.ECANCELED, "init ended"));
        return !understood ? ContainerExit.FromCode(-1)
            : reported ?? ContainerExit.FromInit(status);
    }

    private static int MaxMessage { get; } = Unsafe.SizeOf<InitMessage>() + InitMessage.MaxDetail;

    private async ValueTask<int> ReceiveAsync(byte[] buffer)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                return await _control.ReceiveAsync(buffer).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // An init that ended without reading everything resets the socket; what it had sent comes after that error.
            }
        }

        return 0;
    }

    private bool Handle(ReadOnlySpan<byte> bytes, ref ContainerExit? reported)
    {
        if (!MemoryMarshal.TryRead(bytes, out InitMessage message))
        {
            return false;
        }

        switch (message.Kind)
        {
            case InitMessage.Started:
                return _started.TrySetResult();
            case InitMessage.Failed:
                string path = Encoding.UTF8.GetString(bytes[Unsafe.SizeOf<InitMessage>()..]);
                return _started.TrySetException(new LaunchFailedException(message.Stage, message.Errno, path));
            case InitMessage.Exited when reported is null && _started.Task.IsCompletedSuccessfully:
                reported = ContainerExit.FromStatus(message.Value);
                return true;
            default:
                return false;
        }
    }
}
