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
    private readonly IInitProcess _init;
    private readonly Socket _control;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal LaunchedContainer(IInitProcess init, SafeFd control)
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

    /// <summary>Sends a signal to the container; SIGKILL ends all of it. Returns 0 or an errno; a container that is gone already is no error.</summary>
    internal int Kill(int signal)
    {
        int errno = _init.Signal(signal);
        return errno == (int)Errno.ESRCH ? 0 : errno;
    }

    /// <summary>Closes what is held. Call after <see cref="Exited"/>.</summary>
    public void Dispose()
    {
        _control.Dispose();
        _init.Dispose();
    }

    private async Task<ContainerExit> RunAsync()
    {
        ContainerExit? reported = null;
        bool understood = true;
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxMessage + 1, pinned: true);
        while (understood)
        {
            int length = await ReceiveAsync(buffer).ConfigureAwait(false);
            if (length == 0)
            {
                break;
            }

            understood = Handle(buffer.AsSpan(0, length), ref reported);
        }

        // What init sends is input like any other: a message that is none of ours ends this container, nothing else. So does the end of
        // its socket, which comes with its own end anyway.
        _ = Kill(Sys.SIGKILL);
        int status = await _init.Reaped.ConfigureAwait(false);
        _started.TrySetException(new LaunchFailedException(LaunchStage.None, (int)Errno.ECANCELED, ""));
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

    /// <summary>Takes one message. Returns false for what no init of ours would send at this point.</summary>
    private bool Handle(ReadOnlySpan<byte> bytes, ref ContainerExit? reported)
    {
        if (bytes.Length > MaxMessage || !MemoryMarshal.TryRead(bytes, out InitMessage message))
        {
            return false;
        }

        ReadOnlySpan<byte> path = bytes[Unsafe.SizeOf<InitMessage>()..];
        switch (message.Kind)
        {
            case InitMessage.Started when path.IsEmpty:
                return _started.TrySetResult();
            case InitMessage.Failed when Enum.IsDefined(message.Stage) && message.Errno > 0:
                return _started.TrySetException(new LaunchFailedException(message.Stage, message.Errno, Encoding.UTF8.GetString(path)));
            case InitMessage.Exited when path.IsEmpty && reported is null && _started.Task.IsCompletedSuccessfully:
                reported = ContainerExit.FromStatus(message.Value);
                return true;
            default:
                return false;
        }
    }
}
