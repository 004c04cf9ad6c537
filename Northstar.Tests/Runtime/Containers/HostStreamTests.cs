// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>A stream that several containers write to, and that may block.</summary>
internal sealed class HostStreamTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Write_ThatBlocks_IsGivenUpAndOthersWaitForTheirTurn()
    {
        using var target = new GatedStream();
        using var stream = new HostStream(() => target);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        Task blocked = stream.WriteAsync(Encoding.ASCII.GetBytes("one "), first.Token);
        Task waiting = stream.WriteAsync(Encoding.ASCII.GetBytes("two "), second.Token);
        Task later = stream.WriteAsync(Encoding.ASCII.GetBytes("three"), CancellationToken.None);
        await target.Entered.Task.WaitAsync(s_limit);

        await first.CancelAsync();
        await second.CancelAsync();
        Assert.That(async () => await blocked.WaitAsync(s_limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await waiting.WaitAsync(s_limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(later.IsCompleted, Is.False);

        target.Open.Set();
        await later.WaitAsync(s_limit);
        Assert.That(target.Text, Is.EqualTo("one three"));
    }

    [Test]
    public async Task Write_ThatFails_LeavesTheTurnToOthers()
    {
        using var target = new GatedStream { Failure = new IOException("gone") };
        target.Open.Set();
        using var stream = new HostStream(() => target);
        Assert.That(async () => await stream.WriteAsync(new byte[1], CancellationToken.None), Throws.InstanceOf<IOException>());
        target.Failure = null;
        await stream.WriteAsync("x"u8.ToArray(), CancellationToken.None).WaitAsync(s_limit);
        Assert.That(target.Text, Is.EqualTo("x"));
    }

    private sealed class GatedStream : MemoryStream
    {
        internal TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal ManualResetEventSlim Open { get; } = new();

        internal IOException? Failure { get; set; }

        internal string Text => Encoding.ASCII.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Entered.TrySetResult();
            Open.Wait();
            if (Failure is { } failure)
            {
                throw failure;
            }

            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            Open.Dispose();
            base.Dispose(disposing);
        }
    }
}
