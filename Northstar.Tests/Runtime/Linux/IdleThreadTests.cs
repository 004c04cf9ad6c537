// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Runtime.Linux;

namespace Northstar.Tests.Runtime.Linux;

/// <summary>Work that may wait for everything else.</summary>
public sealed class IdleThreadTests
{
    [Test]
    public async Task H15_Run_Work_IsServedByTheDiskWhenItIsIdle()
    {
        string disk = await IdleThread.RunAsync("test", static () =>
        {
            string thread = Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!);
            using var ionice = Process.Start(new ProcessStartInfo("ionice", ["-p", thread]) { RedirectStandardOutput = true })!;
            return ionice.StandardOutput.ReadToEnd().Trim();
        });
        Assert.That(disk, Is.EqualTo("idle"));
    }

    [Test]
    public void Run_WorkThatFails_FailsWithItsError() => Assert.That(
        () => IdleThread.RunAsync<int>("test", static () => throw new IOException("x")), Throws.TypeOf<IOException>().With.Message.EqualTo("x"));

    [Test]
    public void Run_WorkThatIsCancelled_IsCancelled()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.That(
            () => IdleThread.RunAsync<int>("test", () => throw new OperationCanceledException(stop.Token)), Throws.InstanceOf<OperationCanceledException>());
    }
}
