// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>An init that is not ours at the other end of a container's socket. Whatever it says, the container ends once, and nothing else does.</summary>
internal sealed class HostileInitTests
{
    private const int Rounds = 10_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task C11_RandomFrames_EndTheContainerOnce()
    {
        var random = new Random(11);
        var seen = new HashSet<string>();
        for (int round = 0; round < Rounds; round++)
        {
            (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
            using var init = new FakeInit(theirs);
            var model = new InitModel();
            int count = random.Next(6);
            for (int i = 0; i < count; i++)
            {
                byte[] frame = InitFrames.Random(random);
                init.Send(frame);
                model.Take(frame);
            }

            // It ends by itself, closes its socket and stays, or says nothing more.
            int end = random.Next(3);
            int status = random.Next(2) == 0 ? random.Next(256) << 8 : random.Next(1, 32);
            if (end == 0)
            {
                init.End(status);
            }
            else if (end == 1)
            {
                init.CloseSocket();
            }

            using var container = new LaunchedContainer(init, ours);
            if (end == 2 && !model.IsOver)
            {
                Assert.That(container.Kill(Sys.SIGTERM), Is.Zero);
                Assert.That(container.Kill(Sys.SIGKILL), Is.Zero);
            }

            ContainerExit exit = await container.Exited.WaitAsync(s_limit);
            Assert.That(exit, Is.EqualTo(model.Exit(end == 0 ? status : Sys.SIGKILL)), $"round {round}: {model}");
            Assert.That(container.Started.IsCompletedSuccessfully, Is.EqualTo(model.IsStarted), $"round {round}: {model}");
            Assert.That(() => container.Started.Exception, model.IsStarted ? Is.Null : Is.Not.Null);
            Assert.That(init.Status.IsCompleted, Is.True, "killed or ended");
            seen.Add(model.ToString());
        }

        Assert.That(seen, Has.Count.GreaterThan(200), "kinds of conversations");
    }

    [Test]
    public void H63_Signal_Refused_IsAnErrnoAndNoException(
        [Values(Errno.EPERM, Errno.EINVAL, Errno.EBADF, Errno.ESRCH)] Errno errno, [Values(Sys.SIGKILL, Sys.SIGTERM)] int signal)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        using var init = new FakeInit(theirs) { Refusal = (int)errno };
        using var container = new LaunchedContainer(init, ours);
        Assert.That(container.Kill(signal), Is.EqualTo(errno == Errno.ESRCH ? 0 : (int)errno));
        init.End(0);
    }

    [Test]
    public async Task C11_InitThatSaysNothingAndStays_EndsWhenKilled()
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        using var init = new FakeInit(theirs);
        using var container = new LaunchedContainer(init, ours);
        Assert.That(container.Exited.IsCompleted, Is.False);
        Assert.That(container.Kill(Sys.SIGKILL), Is.Zero);
        Assert.That(await container.Exited.WaitAsync(s_limit), Is.EqualTo(new ContainerExit(9, true)));
        Assert.That(() => container.Started, Throws.TypeOf<LaunchFailedException>());
    }
}

/// <summary>An init made of a socket: SIGKILL closes it, anything else is ignored.</summary>
internal sealed class FakeInit(SafeFd socket) : IInitProcess
{
    private readonly TaskCompletionSource<int> _reaped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Pid => 1;

    public Task<int> Reaped => _reaped.Task;

    internal Task<int> Status => _reaped.Task;

    /// <summary>Gets the errno that every signal is refused with, 0 for none.</summary>
    internal int Refusal { get; init; }

    public int Signal(int signal)
    {
        if (Refusal == 0 && signal == Sys.SIGKILL)
        {
            End(Sys.SIGKILL);
        }

        return Refusal;
    }

    public void Dispose() => socket.Dispose();

    internal void CloseSocket() => socket.Dispose();

    internal void End(int status)
    {
        socket.Dispose();
        _reaped.TrySetResult(status);
    }

    internal unsafe void Send(ReadOnlySpan<byte> frame)
    {
        using var fd = new Borrow(socket);
        fixed (byte* bytes = frame)
        {
            Assert.That(Sys.send(fd.Fd, bytes, (nuint)frame.Length, Sys.MSG_NOSIGNAL | Sys.MSG_DONTWAIT), Is.EqualTo((nint)frame.Length));
        }
    }
}

/// <summary>What an init may send, and what it may not.</summary>
internal static class InitFrames
{
    internal static byte[] Random(Random random) => random.Next(12) switch
    {
        0 or 1 or 2 => Frame(new InitMessage { Kind = InitMessage.Started, Value = 2 }),
        3 => Frame(new InitMessage { Kind = InitMessage.Failed, Stage = LaunchStage.Mount, Errno = 2 }, Bytes(random, random.Next(200))),
        4 or 5 => Frame(new InitMessage { Kind = InitMessage.Exited, Value = random.Next(256) << 8 }),
        6 => Frame(new InitMessage { Kind = InitMessage.Started })[..random.Next(1, 16)],
        7 => Frame(new InitMessage { Kind = InitMessage.Exited }, Bytes(random, random.Next(1, 50))),
        8 => Bytes(random, 16 + InitMessage.MaxDetail + random.Next(1, 3000)),
        9 => [],
        10 => Frame(new InitMessage { Kind = InitMessage.Failed, Stage = (LaunchStage)random.Next(100, 1000), Errno = -1 }),
        _ => Bytes(random, random.Next(1, 64)),
    };

    private static byte[] Frame(InitMessage message, byte[]? detail = null) =>
        [.. MemoryMarshal.AsBytes(new ReadOnlySpan<InitMessage>(in message)), .. detail ?? []];

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

/// <summary>What the protocol says about a conversation, written a second time.</summary>
internal sealed class InitModel
{
    private readonly List<string> _frames = [];
    private bool _isViolated, _isEnded, _isFailed;
    private int? _reported;

    internal bool IsStarted { get; private set; }

    internal bool IsOver => _isViolated || _isEnded;

    internal void Take(byte[] frame)
    {
        if (IsOver)
        {
            return;
        }

        _frames.Add(frame.Length == 0 ? "end" : frame.Length < 16 ? "short" : frame.Length > 16 + InitMessage.MaxDetail ? "long" : $"{frame[0]}");
        if (frame.Length == 0)
        {
            _isEnded = true;
            return;
        }

        if (frame.Length < 16 || frame.Length > 16 + InitMessage.MaxDetail)
        {
            _isViolated = true;
            return;
        }

        uint kind = BitConverter.ToUInt32(frame);
        uint stage = BitConverter.ToUInt32(frame, 4);
        int errno = BitConverter.ToInt32(frame, 8);
        bool isBare = frame.Length == 16;
        bool isUndecided = !IsStarted && !_isFailed;
        switch (kind)
        {
            case 1 when isBare && isUndecided:
                IsStarted = true;
                break;
            case 2 when isUndecided && stage <= 21 && errno > 0:
                _isFailed = true;
                break;
            case 3 when isBare && IsStarted && _reported is null:
                _reported = BitConverter.ToInt32(frame, 12);
                break;
            default:
                _isViolated = true;
                break;
        }
    }

    internal ContainerExit Exit(int status)
    {
        if (_isViolated)
        {
            return new ContainerExit(-1, false);
        }

        if (_reported is { } code)
        {
            return new ContainerExit(code >> 8, false);
        }

        return (status & 0x7f) == 0 ? new ContainerExit(-2, false) : new ContainerExit(status & 0x7f, true);
    }

    public override string ToString() => string.Join(' ', _frames);
}
