// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>Numbers of processes that no other process has or gets.</summary>
[Requires(HostFeature.ProcessIdentity)]
internal sealed class ProcessIdentityTests
{
    [Test]
    public void C12_Identity_IsFoundAmongTheProcessesThatHaveIt()
    {
        using Process other = Process.Start("sleep", "60");
        try
        {
            ulong identity = Of(other.Id);
            Assert.That(identity, Is.Not.EqualTo(Of(Environment.ProcessId)));
            Assert.That(ProcessIdentity.IsAmong(() => [Environment.ProcessId, other.Id], identity), Is.True);
            Assert.That(ProcessIdentity.IsAmong(() => [Environment.ProcessId, 1], identity), Is.False);
            Assert.That(ProcessIdentity.IsAmong(() => [], identity), Is.False);
            Assert.That(ProcessIdentity.IsAmong(() => [other.Id, int.MaxValue], identity + 1), Is.False);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    /// <summary>The number was in the group, and is another's by the time that it is opened.</summary>
    [Test]
    public void C12_NumberThatIsAnothersMeanwhile_DoesNotCount()
    {
        int reads = 0;
        Assert.That(ProcessIdentity.IsAmong(() => reads++ == 0 ? [Environment.ProcessId] : [], Of(Environment.ProcessId)), Is.False);
    }

    [Test]
    public void C12_ProcessThatEnded_DoesNotCount()
    {
        using Process other = Process.Start("sleep", "60");
        using PidFd held = Hold(other.Id);
        ulong identity = ProcessIdentity.Of(held)!.Value;
        other.Kill();
        Assert.That(() => ProcessIdentity.IsAmong(() => [other.Id], identity), Is.False.After(10_000, 5));
        other.WaitForExit();
    }

    [Test]
    public async Task C12_Identify_TellsWhoConnected()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("northstar-").FullName, "socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using Process other = Process.Start("python3", ["-c", "import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ntime.sleep(60)", path]);
        try
        {
            using Socket connection = await listener.AcceptAsync();
            Assert.That(PeerIdentity.Of(connection), Is.EqualTo(Of(other.Id)));
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Test]
    public void Identify_SocketOfAnotherKind_IsAnError()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.That(() => PeerIdentity.Of(socket), Throws.InstanceOf<SocketException>());
    }

    private static ulong Of(int pid)
    {
        using PidFd held = Hold(pid);
        return ProcessIdentity.Of(held)!.Value;
    }

    private static PidFd Hold(int pid)
    {
        var held = new PidFd();
        held.Take(Sys.pidfd_open(pid, 0), "pidfd_open");
        return held;
    }
}
