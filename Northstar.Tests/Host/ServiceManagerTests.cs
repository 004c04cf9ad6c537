// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using Northstar.Host;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Host;

/// <summary>What a service manager gets to see.</summary>
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
}
