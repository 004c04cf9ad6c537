// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Northstar.Host;
using Northstar.Host.Terminal;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>What a service manager and a terminal get to see.</summary>
[NonParallelizable]
public sealed class ServiceManagerTests
{
    private const string Variable = "NOTIFY_SOCKET";

    [TearDown]
    public void TearDown() => Environment.SetEnvironmentVariable(Variable, null);

    [TestCase(true)]
    [TestCase(false)]
    public void Notify_SocketGiven_SendsTheState(bool isAbstract)
    {
        using var folder = new TestFolder();
        string path = isAbstract ? $"@northstar-test-{Guid.NewGuid():N}" : folder["notify"];
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path[1..] : path));
        Environment.SetEnvironmentVariable(Variable, path);
        ServiceManager.Notify("READY=1");
        byte[] buffer = new byte[64];
        Assert.That(Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)), Is.EqualTo("READY=1"));
    }

    [TestCase(null)]
    [TestCase("/nonexistent/notify")]
    public void Notify_NobodyListens_IsNoFailure(string? path)
    {
        Environment.SetEnvironmentVariable(Variable, path);
        Assert.That(static () => ServiceManager.Notify("READY=1"), Throws.Nothing);
    }

    [TestCase(0, "0 B")]
    [TestCase(999, "999 B")]
    [TestCase(1_000, "1.0 kB")]
    [TestCase(12_340_000, "12.3 MB")]
    [TestCase(5_600_000_000, "5.6 GB")]
    public void Bytes_OfACount_AreInDecimalUnits(long count, string text) => Assert.That(ByteProgress.Bytes(count), Is.EqualTo(text));

    [TestCase(1_000_000, 0.5, "2.0 MB/s")]
    [TestCase(0, 0, "0 B/s")]
    public void Speed_OfACount_IsPerSecond(long count, double seconds, string text) =>
        Assert.That(ByteProgress.Speed(count, TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [Test]
    public void Progress_WithoutATerminal_ShowsNothing()
    {
        using var error = new MemoryStream();
        using var streams = new Streams(Stream.Null, error);
        using (var progress = new ByteProgress(streams, "x", 10))
        {
            progress.Report(10);
        }

        Assert.That(error.Length, Is.Zero);
    }
}
