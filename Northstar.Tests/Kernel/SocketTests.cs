// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A11: the sockets that the runtime makes for a container.</summary>
internal sealed class SocketTests : RuntimeFixture
{
    private string Sockets => Path.Combine(Directory, "sockets");

    [TestCase("datagram", TestName = "T150_Datagram")]
    [TestCase("seq-packet", TestName = "T151_SeqPacket")]
    [TestCase("stream", TestName = "T152_StreamEcho")]
    [TestCase("no_permission", TestName = "T153_NoPermission")]
    public async Task Exercise_OfASocket_Succeeds(string socket)
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("socket", socket);
        await ExitAsync(TestContainer, new ExitStatus.Exit(0));
    }

    [Test]
    public async Task T154_Files_HaveModeAndOwnerOfTheManifestAndGoWithTheContainer()
    {
        await InstallPatchedAsync(("    mode: 0o666\n    uid: 1000\n    gid: 1000\n    passcred: true\n  stream", "    mode: 0o640\n    uid: 1001\n    gid: 1002\n    passcred: true\n  stream"));
        await StartIdleAsync("sleep");
        Assert.That(
            Listing(),
            Is.EquivalentTo(new[]
            {
                "test-container:0.0.1:datagram s 640 1001 1002", "test-container:0.0.1:stream s 666 1000 1000",
                "test-container:0.0.1:seq-packet s 666 1000 1000", "test-container:0.0.1:no_permission s 0 0 0",
            }));
        await StopAsync(TestContainer);
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(Sockets), Is.Empty);
    }

    [TestCase("datagram", 1)]
    [TestCase("stream", 1)]
    [TestCase("seq-packet", 1)]
    [TestCase("no_permission", 0)]
    public async Task T155_Passcred_IsThatOfTheManifest(string socket, int value)
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("sockopt", socket);
        await OutputAsync($"^SO_PASSCRED {socket}: {value}$");
    }

    [Test]
    public async Task T156_StaleFile_IsReplaced()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await File.WriteAllTextAsync(Path.Combine(Sockets, "test-container:0.0.1:datagram"), "left behind");
        await StartTestContainerAsync("socket", "datagram");
        await ExitAsync(TestContainer, new ExitStatus.Exit(0));
    }

    [Test]
    public async Task T157_StreamsListen_BeforeTheProgramRuns()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("sleep");
        foreach ((string name, SocketType type) in new[] { ("stream", SocketType.Stream), ("seq-packet", SocketType.Seqpacket), ("datagram", SocketType.Dgram) })
        {
            using var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
            Assert.That(() => socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(Sockets, $"test-container:0.0.1:{name}"))), Throws.Nothing, name);
        }
    }

    private string[] Listing() =>
        Tool.Run("find", Sockets, "-mindepth", "1", "-printf", "%P %y %m %U %G\n").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
