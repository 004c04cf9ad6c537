// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>A program of the host that runs beside a container: a debug tool. It ends with the runtime, however that ends.</summary>
/// <remarks>It runs below a process of northstar-init, without a shell, with three descriptors and an environment of nothing but <c>PATH</c>.</remarks>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly Socket _control;
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ContainerExit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _gone;

    private ToolProcess(SafeFd control, int runner)
    {
        _control = control.ToSocket();
        _gone = RunAsync(runner);
    }

    /// <summary>Gets how the program ended.</summary>
    internal Task<ContainerExit> Ended => _ended.Task;

    /// <summary>Starts a program. Returns when it runs.</summary>
    /// <param name="initPath">The path of northstar-init.</param>
    /// <param name="arguments">The absolute path of the program and its arguments, argument 0 included.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="output">Standard output and error.</param>
    /// <exception cref="LinuxException">It cannot be executed.</exception>
    internal static async Task<ToolProcess> StartAsync(string initPath, IReadOnlyList<string> arguments, SafeHandle input, SafeHandle output)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        ToolProcess tool;
        using (theirs)
        {
            try
            {
                tool = new ToolProcess(ours, InitSpawn.Start(initPath, initPath, [ToolMessage.Word, .. arguments], input, output, output, theirs));
            }
            catch
            {
                ours.Dispose();
                throw;
            }
        }

        int errno = await tool._started.Task.ConfigureAwait(false);
        if (errno != 0)
        {
            await tool.DisposeAsync().ConfigureAwait(false);
            throw new LinuxException(errno, "execve", arguments[0]);
        }

        return tool;
    }

    /// <summary>Sends a signal to the program's process group, if the program still runs.</summary>
    internal void Signal(int signal)
    {
        try
        {
            _control.Send([(byte)signal]);
        }
        catch (SocketException)
        {
            // It has ended.
        }
    }

    /// <summary>Kills what is left of the program and of what it started. Returns when nothing is.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _control.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has ended.
        }

        await _gone.ConfigureAwait(false);
        _control.Dispose();
    }

    private async Task RunAsync(int runner)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(Unsafe.SizeOf<ToolMessage>(), pinned: true);
        while (await ReceiveAsync(buffer).ConfigureAwait(false) && MemoryMarshal.TryRead(buffer, out ToolMessage message))
        {
            switch (message.Kind)
            {
                case ToolMessage.Started:
                    _started.TrySetResult(0);
                    break;
                case ToolMessage.Failed:
                    _started.TrySetResult(message.Value);
                    break;
                case ToolMessage.Ended:
                    _ended.TrySetResult(ContainerExit.FromStatus(message.Value));
                    break;
            }
        }

        // The socket closed with the end of the process: this waits for nothing else.
        await Task.Run(() => InitSpawn.Reap(runner)).ConfigureAwait(false);
        _started.TrySetResult((int)Errno.EPIPE);
        _ended.TrySetResult(new ContainerExit(Sys.SIGKILL, IsSignal: true));
    }

    private async ValueTask<bool> ReceiveAsync(byte[] buffer)
    {
        try
        {
            return await _control.ReceiveAsync(buffer).ConfigureAwait(false) == buffer.Length;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
