// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Northstar.Host;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>What the watchdog of a service manager gets to hear.</summary>
[NonParallelizable]
internal sealed class WatchdogTests
{
    private static readonly TimeSpan s_half = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _clock = new();

    [SetUp]
    public void SetUp() => Environment.SetEnvironmentVariable("WATCHDOG_USEC", "4000000");

    [TearDown]
    public void TearDown()
    {
        foreach (string variable in new[] { "WATCHDOG_USEC", "WATCHDOG_PID", "NOTIFY_SOCKET" })
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Test]
    public async Task H94_Runtime_ThatAnswers_FeedsIt()
    {
        using var folder = new TestFolder();
        using Socket manager = Listen(folder["notify"]);
        Environment.SetEnvironmentVariable("WATCHDOG_PID", $"{Environment.ProcessId}");
        int asked = 0;
        await using Watchdog? watchdog = Watchdog.Start(() => Task.FromResult(asked++), _clock);
        Assert.That(watchdog, Is.Not.Null);
        for (int i = 1; i <= 3; i++)
        {
            await _clock.TimerAsync(s_half);
            _clock.Advance(s_half);
            Assert.That(Receive(manager), Is.EqualTo("WATCHDOG=1"));
            Assert.That(asked, Is.EqualTo(i));
        }
    }

    [Test]
    public async Task H94_Runtime_ThatIsStuck_LeavesItHungry()
    {
        using var folder = new TestFolder();
        using Socket manager = Listen(folder["notify"]);
        var stuck = new TaskCompletionSource();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (Watchdog? watchdog = Watchdog.Start(
            () =>
            {
                asked.SetResult();
                return stuck.Task;
            },
            _clock))
        {
            await _clock.TimerAsync(s_half);
            _clock.Advance(s_half);
            await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }

        Assert.That(manager.Available, Is.Zero, "ended while it waited for the answer");
    }

    [TestCase("WATCHDOG_USEC", null)]
    [TestCase("WATCHDOG_USEC", "0")]
    [TestCase("WATCHDOG_USEC", "-5")]
    [TestCase("WATCHDOG_USEC", "soon")]
    [TestCase("WATCHDOG_USEC", "99999999999999999999")]
    [TestCase("WATCHDOG_PID", "1")]
    public void Start_ManagerHasNoneForThisProcess_IsNull(string variable, string? value)
    {
        Environment.SetEnvironmentVariable(variable, value);
        Assert.That(Watchdog.Start(static () => Task.CompletedTask, _clock), Is.Null);
    }

    private static Socket Listen(string path)
    {
        var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        manager.Bind(new UnixDomainSocketEndPoint(path));
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", path);
        return manager;
    }

    private static string Receive(Socket manager)
    {
        byte[] buffer = new byte[64];
        return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
    }
}
