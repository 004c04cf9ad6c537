// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// What a container's init sends: packets on its own socket, of which a first byte gives the length. A second look tells how the container must be taken to
/// have ended.
/// </summary>
internal static unsafe class InitMessageTarget
{
    private const int ReapedStatus = 0x0900;

    internal static FuzzTarget Create()
    {
        byte[] started = Packet(new InitMessage { Kind = InitMessage.Started });
        byte[] exited = Packet(new InitMessage { Kind = InitMessage.Exited, Value = 0x0300 });
        byte[] killed = Packet(new InitMessage { Kind = InitMessage.Exited, Value = 9 });
        byte[] failed = Packet(new InitMessage { Kind = InitMessage.Failed, Stage = LaunchStage.Execve, Errno = 2 }, "/bin/x\u0001é"u8);
        byte[][] corpus =
        [
            [], started, [.. started, .. exited], [.. started, .. killed], failed, [.. failed, .. exited], exited, [.. started, .. started],
            [.. started, .. exited, .. exited], [.. failed, .. started],
            [3, 1, 2, 3], Packet(new InitMessage { Kind = 77 }), Packet(new InitMessage { Kind = InitMessage.Failed, Stage = (LaunchStage)99, Errno = -5 }, [0xFF, 0xC0]),
        ];
        return new FuzzTarget
        {
            Name = "init-messages",
            Corpus = corpus,
            Mutator = new ByteMutator([started, exited, failed]),
            Parse = input => new FuzzOutcome(Receive(input)),
            Check = (input, value) => CheckEnd(input, (End)value),
            AllocationCapBytes = 1 << 20,
            Cases = 3_000,
        };
    }

    private sealed record End(string Started, ContainerExit Exit);

    private static byte[] Packet(InitMessage message, ReadOnlySpan<byte> path = default)
    {
        int length = Unsafe.SizeOf<InitMessage>() + path.Length;
        return [(byte)length, .. MemoryMarshal.AsBytes(new ReadOnlySpan<InitMessage>(in message)), .. path];
    }

    private static IEnumerable<byte[]> Packets(byte[] input)
    {
        for (int at = 0; at < input.Length;)
        {
            int length = Math.Min(input[at], input.Length - at - 1);
            if (length > 0)
            {
                yield return input[(at + 1)..(at + 1 + length)];
            }

            at += 1 + length;
        }
    }

    private static End Receive(byte[] input)
    {
        (SafeFd runtime, SafeFd init) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        var reaped = new TaskCompletionSource<int>();
        // No process: the end of init is what the table says, and signals go nowhere.
        var pidFd = new PidFd();
        fixed (byte* name = "no-process\0"u8)
        {
            pidFd.Take(Sys.memfd_create(name, Sys.MFD_CLOEXEC), "memfd_create");
        }

        using (init)
        {
            foreach (byte[] packet in Packets(input).Take(64))
            {
                DescriptorSocket.Send(init, packet, [], []);
            }
        }

        using var container = new LaunchedContainer(new ForkedInit(int.MaxValue, pidFd, reaped.Task), runtime);
        reaped.SetResult(ReapedStatus);
        ContainerExit exit = container.Exited.WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter().GetResult();
        string started = container.Started.IsCompletedSuccessfully ? "started" : container.Started.Exception!.InnerException is LaunchFailedException e ? $"failed {(uint)e.Stage} {e.Errno}" : "unknown";
        return new End(started, exit);
    }

    /// <summary>Reads the packets as the text of the messages says: one start or failure, after a start one exit, and anything else is a fault, after which nothing is read.</summary>
    private static void CheckEnd(byte[] input, End end)
    {
        string? started = null;
        ContainerExit? exit = null;
        bool understood = true;
        foreach (byte[] packet in Packets(input).Take(64).TakeWhile(_ => understood))
        {
            uint kind = packet.Length < 16 ? 0 : BitConverter.ToUInt32(packet, 0);
            switch (kind)
            {
                case 1 when started is null && packet.Length == 16:
                    started = "started";
                    break;
                case 2 when started is null && Enum.IsDefined((LaunchStage)BitConverter.ToUInt32(packet, 4)) && BitConverter.ToInt32(packet, 8) > 0:
                    started = $"failed {BitConverter.ToUInt32(packet, 4)} {BitConverter.ToInt32(packet, 8)}";
                    break;
                case 3 when started == "started" && exit is null && packet.Length == 16:
                    exit = ContainerExit.FromStatus(BitConverter.ToInt32(packet, 12));
                    break;
                default:
                    understood = false;
                    break;
            }
        }

        started ??= $"failed {(int)LaunchStage.None} {(int)Errno.ECANCELED}";
        ContainerExit expected = understood ? exit ?? ContainerExit.FromInit(ReapedStatus) : ContainerExit.FromCode(-1);
        FuzzException.Require(end.Started == started && end.Exit == expected, $"{end.Started}, {end.Exit} instead of {started}, {expected}");
    }
}
