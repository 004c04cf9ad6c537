// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Tests.Runtime.Launch;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// What the launcher answers while one launch is under way, packet by packet, before its end. Whatever it says, the launch fails, as no program ever ran, and
/// nothing waits for ever.
/// </summary>
internal static class LaunchReplyTarget
{
    private const ulong FirstId = 1;

    internal static FuzzTarget Create()
    {
        byte[] ready = Reply(new LaunchReply { Kind = LaunchReply.Ready });
        byte[] forked = Reply(new LaunchReply { Kind = LaunchReply.Forked, Id = FirstId, Pid = int.MaxValue });
        byte[] reaped = Reply(new LaunchReply { Kind = LaunchReply.Reaped, Pid = int.MaxValue, Status = 9 });
        byte[] failed = Reply(new LaunchReply { Kind = LaunchReply.Failed, Id = FirstId, Stage = LaunchStage.Mount, Errno = 2 });
        byte[][] corpus =
        [
            [], ready, [.. ready, .. forked, .. reaped], [.. ready, .. failed],
            Reply(new LaunchReply { Kind = LaunchReply.Failed, Stage = LaunchStage.Fork, Errno = 12 }), forked, [.. forked, .. forked],
            [.. failed, .. forked], reaped, [.. forked, .. failed, .. reaped], ready[..5],
            Reply(new LaunchReply { Kind = 77, Stage = (LaunchStage)uint.MaxValue, Errno = int.MinValue }),
        ];
        return new FuzzTarget
        {
            Name = "launch-replies",
            Corpus = corpus,
            Mutator = new ByteMutator([ready, forked, reaped, failed]),
            Parse = input => new FuzzOutcome(Launch(input)),
            Check = (_, value) => FuzzException.Require((string)value is nameof(LaunchFailedException) or nameof(LinuxException), $"the launch ended with {value}"),
            AllocationCapBytes = 1 << 20,
            Cases = 2_000,
        };
    }

    private static byte[] Reply(LaunchReply reply) => MemoryMarshal.AsBytes(new ReadOnlySpan<LaunchReply>(in reply)).ToArray();

    private static string Launch(byte[] input)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        // No such process: waiting for the launcher's end ends at once.
        using var launcher = new Launcher(ours, int.MaxValue);
        using RandomPlan plan = RandomPlan.Create(1, 0, 0);
        Task<LaunchedContainer> launch;
        using (theirs)
        {
            launch = launcher.LaunchAsync(plan.Plan, null, Task.FromResult<IReadOnlyList<SafeHandle>>([]), static _ => Task.CompletedTask, CancellationToken.None);
            foreach (byte[] packet in input.Chunk(Unsafe.SizeOf<LaunchReply>()).Take(64))
            {
                try
                {
                    DescriptorSocket.Send(theirs, packet, [], []);
                }
                catch (LinuxException)
                {
                    break; // after a packet that is no reply nobody reads any further
                }
            }
        }

        launcher.Ended.WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter().GetResult();
        try
        {
            launch.WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter().GetResult().Dispose();
            return "a container";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }
}
