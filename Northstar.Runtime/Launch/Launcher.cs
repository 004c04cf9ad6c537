// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>The runtime's side of northstar-init: sends plans, hands out what was launched.</summary>
/// <remarks>Thread-safe. Launches of different containers may run at the same time; the launcher forks them one after the other.</remarks>
internal sealed class Launcher : IDisposable
{
    private readonly SafeFd _socket;
    private readonly int _pid;
    private readonly Thread _reader;
    private readonly Lock _sendLock = new();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<ForkedInit>> _pending = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<int>> _reaped = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _nextId;

    /// <summary>Talks to a launcher that runs; <see cref="StartAsync"/> starts one.</summary>
    internal Launcher(SafeFd socket, int pid)
    {
        _socket = socket;
        _pid = pid;
        _reader = new Thread(Read, 256 * 1024) { IsBackground = true, Name = "northstar-launcher" };
        _reader.Start();
    }

    /// <summary>Gets a task that ends when the launcher is gone, and with it every container.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Gets the launcher's process id.</summary>
    internal int Pid => _pid;

    /// <summary>Sets whether pidfds get lost, as happens without a free descriptor. For tests.</summary>
    internal bool LosesPidFds { private get; set; }

    /// <summary>Starts the launcher and waits until it can fork.</summary>
    /// <param name="initPath">The path of northstar-init.</param>
    /// <param name="failErrno">Other than 0: the error number that the start fails with, for tests.</param>
    internal static async Task<Launcher> StartAsync(string initPath, int failErrno = 0)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        Launcher launcher;
        using (theirs)
        {
            try
            {
                launcher = new Launcher(ours, LauncherProcess.Start(initPath, theirs, failErrno));
            }
            catch
            {
                ours.Dispose();
                throw;
            }
        }

        try
        {
            await launcher._ready.Task.ConfigureAwait(false);
            return launcher;
        }
        catch
        {
            launcher.Dispose();
            throw;
        }
    }

    /// <summary>Launches a container. Returns when its program runs.</summary>
    /// <param name="plan">What to launch.</param>
    /// <param name="birth">The directory of the cgroup of version 2 that init begins in; null for none.</param>
    /// <param name="cgroupJoins">The files that init writes <c>0</c> to. They may still be on their way: init needs them last.</param>
    /// <param name="attach">Attaches debug tools to init, whose process id it gets, with a plan that waits for it.</param>
    /// <param name="cancellationToken">Gives the launch up. A launcher that has not even forked by then is of no use any more: it is ended.</param>
    /// <exception cref="LaunchFailedException">A step failed; nothing of the container is left. What <paramref name="cgroupJoins"/> and <paramref name="attach"/> throw comes through too.</exception>
    internal async Task<LaunchedContainer> LaunchAsync(
        LaunchPlan plan, SafeHandle? birth, Task<IReadOnlyList<SafeHandle>> cgroupJoins, Func<int, Task> attach, CancellationToken cancellationToken)
    {
        (SafeFd control, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        LaunchedContainer container;
        Exception? failure = null;
        using (theirs)
        {
            try
            {
                Task<ForkedInit> forking = ForkAsync(plan, theirs, birth);
                try
                {
                    if (plan.Waits)
                    {
                        await AttachAsync(await forking.WaitAsync(cancellationToken).ConfigureAwait(false), attach, cancellationToken).ConfigureAwait(false);
                        DescriptorSocket.Send(control, [0], [], []);
                    }

                    SendJoins(control, await cgroupJoins.WaitAsync(cancellationToken).ConfigureAwait(false));
                }
                catch (LinuxException e) when (e.Operation == DescriptorSocket.SendOperation)
                {
                    // Init has failed already; what it reported says why.
                }
                catch (Exception e)
                {
                    failure = e;
                }

                ForkedInit init = await forking.WaitAsync(cancellationToken).ConfigureAwait(false);
                await EndWithoutPidFdAsync(init, control).ConfigureAwait(false);
                container = new LaunchedContainer(init, control);
            }
            catch (OperationCanceledException)
            {
                control.Dispose();
                ShutDown();
                throw;
            }
            catch
            {
                control.Dispose();
                throw;
            }
        }

        try
        {
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            await container.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch
        {
            container.Kill(Sys.SIGKILL);
            await container.Exited.ConfigureAwait(false);
            container.Dispose();
            throw;
        }
    }

    /// <summary>Lets the launcher end; containers that still run end with it.</summary>
    public void Dispose()
    {
        ShutDown();
        if (Thread.CurrentThread != _reader)
        {
            _reader.Join();
        }

        _socket.Dispose();
    }

    /// <summary>An init that cannot be signalled must not run. The launcher, whose child it is, ends it.</summary>
    private async Task EndWithoutPidFdAsync(ForkedInit init, SafeFd control)
    {
        if (!init.CanBeSignalled)
        {
            control.Dispose();
            Kill(init.Pid);
            await init.Reaped.ConfigureAwait(false);
            throw new LaunchFailedException(LaunchStage.Fork, (int)Errno.EMFILE, "");
        }
    }

    /// <summary>Lets tools attach. When the launch is given up init ends, and with it every tool that waits for it.</summary>
    private static async Task AttachAsync(ForkedInit init, Func<int, Task> attach, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration kill = cancellationToken.UnsafeRegister(static i => ((ForkedInit)i!).Signal(Sys.SIGKILL), init);
        await attach(init.Pid).ConfigureAwait(false);
    }

    /// <summary>Once for the payload, once for init: each takes one message.</summary>
    private static void SendJoins(SafeFd control, IReadOnlyList<SafeHandle> joins)
    {
        DescriptorSocket.Send(control, [0], [], joins);
        DescriptorSocket.Send(control, [0], [], joins);
    }

    private Task<ForkedInit> ForkAsync(LaunchPlan plan, SafeFd control, SafeHandle? birth)
    {
        var writer = new LaunchPlanWriter();
        writer.Write(plan, control);
        ulong id = Interlocked.Increment(ref _nextId);
        var source = new TaskCompletionSource<ForkedInit>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = source;
        try
        {
            Send(id, writer, plan, birth);
        }
        catch (LinuxException)
        {
            _pending.TryRemove(id, out _);
            throw;
        }

        // The reader may have drained the table before this entry came in.
        if (_ended.Task.IsCompleted && _pending.TryRemove(id, out _))
        {
            source.TrySetException(Gone());
        }

        return source.Task;
    }

    private void Send(ulong id, LaunchPlanWriter writer, LaunchPlan plan, SafeHandle? birth)
    {
        var request = new LaunchRequest
        {
            Id = id,
            PlanLength = (uint)writer.Bytes.Length,
            IntoCgroup = birth is null ? 0u : 1u,
            Namespaces = (uint)plan.Namespaces,
            Waits = plan.Waits ? 1u : 0u,
            FailStage = plan.Fault.Stage,
            FailErrno = plan.Fault.Errno,
        };
        if (writer.Bytes.Length > LaunchRequest.MaxPlan)
        {
            throw new LinuxException((int)Errno.E2BIG, "launch", $"a plan of {writer.Bytes.Length} bytes");
        }

        SafeHandle[] descriptors = birth is null ? [.. writer.Descriptors] : [.. writer.Descriptors, birth];
        if (writer.Bytes.Length <= LaunchRequest.MaxInlinePlan)
        {
            lock (_sendLock)
            {
                DescriptorSocket.Send(_socket, MemoryMarshal.AsBytes(new ReadOnlySpan<LaunchRequest>(in request)), writer.Bytes, descriptors);
            }

            return;
        }

        request.InMemfd = 1;
        using SafeFd memfd = PlanMemfd.Write(writer.Bytes);
        lock (_sendLock)
        {
            DescriptorSocket.Send(_socket, MemoryMarshal.AsBytes(new ReadOnlySpan<LaunchRequest>(in request)), [], [.. descriptors, memfd]);
        }
    }

    /// <summary>Has the launcher kill one of its children. Needs no descriptor.</summary>
    internal void Kill(int pid)
    {
        var request = new LaunchRequest { Kill = pid };
        try
        {
            lock (_sendLock)
            {
                DescriptorSocket.Send(_socket, MemoryMarshal.AsBytes(new ReadOnlySpan<LaunchRequest>(in request)), [], []);
            }
        }
        catch (LinuxException)
        {
            // The launcher is gone, and its children with it.
        }
    }

    private void ShutDown()
    {
        if (_socket.IsClosed)
        {
            return;
        }

        using var fd = new Borrow(_socket);
        _ = Sys.shutdown(fd.Fd, Sys.SHUT_RDWR);
    }

    /// <summary>Runs on a thread of its own as long as the launcher lives.</summary>
    private void Read()
    {
        Span<byte> buffer = stackalloc byte[Unsafe.SizeOf<LaunchReply>()];
        while (true)
        {
            var pidFd = new PidFd();
            int length = DescriptorSocket.Receive(_socket, buffer, pidFd);
            if (length < buffer.Length)
            {
                pidFd.Dispose();
                break;
            }

            Handle(MemoryMarshal.Read<LaunchReply>(buffer), pidFd);
        }

        // It ends by itself at the end of its socket, unless it hangs. Nobody else waits for it, so the number is still its own.
        _ = Sys.kill(_pid, Sys.SIGKILL);
        _ = WaitForLauncher();
        _ended.TrySetResult();
        _ready.TrySetException(Gone());
        foreach (ulong id in _pending.Keys)
        {
            if (_pending.TryRemove(id, out TaskCompletionSource<ForkedInit>? source))
            {
                source.TrySetException(Gone());
            }
        }

        foreach (TaskCompletionSource<int> source in _reaped.Values)
        {
            source.TrySetResult(Sys.SIGKILL);
        }
    }

    private unsafe int WaitForLauncher()
    {
        int status;
        return Sys.waitpid(_pid, &status, 0);
    }

    private void Handle(LaunchReply reply, PidFd pidFd)
    {
        switch (reply.Kind)
        {
            case LaunchReply.Ready:
                _ready.TrySetResult();
                break;
            case LaunchReply.Failed when reply.Id == 0:
                _ready.TrySetException(new LaunchFailedException(reply.Stage, reply.Errno, ""));
                break;
            case LaunchReply.Failed when _pending.TryRemove(reply.Id, out TaskCompletionSource<ForkedInit>? source):
                source.TrySetException(new LaunchFailedException(reply.Stage, reply.Errno, ""));
                break;
            case LaunchReply.Forked when _pending.TryRemove(reply.Id, out TaskCompletionSource<ForkedInit>? source):
                if (LosesPidFds)
                {
                    pidFd.Dispose();
                    pidFd = new PidFd();
                }

                var reaped = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
                _reaped[reply.Pid] = reaped;
                source.TrySetResult(new ForkedInit(reply.Pid, pidFd, reaped.Task));
                return;
            case LaunchReply.Reaped when _reaped.TryRemove(reply.Pid, out TaskCompletionSource<int>? source):
                source.TrySetResult(reply.Status);
                break;
        }

        pidFd.Dispose();
    }

    private static LaunchFailedException Gone() => new(LaunchStage.Launcher, (int)Errno.EPIPE, "northstar-init");
}
