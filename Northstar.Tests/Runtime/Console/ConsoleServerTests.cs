// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>The listener and the life of its connections.</summary>
public sealed class ConsoleServerTests
{
    private TestFolder _folder = null!;
    private FakeRuntime _runtime = null!;
    private ManualTimeProvider _time = null!;

    [SetUp]
    public void SetUp() => (_folder, _runtime, _time) = (new TestFolder(), new FakeRuntime(), new ManualTimeProvider());

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task T215_Unix_SocketFile_HasTheModeAndGoesWithTheServer([Values(0x180u, 0x1B0u)] uint mode)
    {
        await using (ConsoleServer server = Make($"unix://{_folder["console"]}", o => o.Mode = mode))
        {
            await server.StartListeningAsync();
            Assert.That((uint)File.GetUnixFileMode(_folder["console"]), Is.EqualTo(mode));
            Assert.That(_folder.Names, Is.EqualTo(new[] { "console" }), "nothing stays beside it");
            await AssertServedAsync(ConnectUnix());
        }

        Assert.That(_folder.Names, Is.Empty);
    }

    [Test]
    public async Task Unix_OwnerAndGroup_AreLookedUp()
    {
        await using ConsoleServer server = Make($"unix://{_folder["console"]}", static o => (o.Owner, o.Group) = ("no such user", null));
        Assert.That(server.StartListeningAsync, Throws.TypeOf<RuntimeException>().With.Message.Contains("console.global.owner").And.Message.Contains("no such user"));
        await using ConsoleServer own = Make($"unix://{_folder["console"]}", static o => o.Owner = Environment.UserName);
        await own.StartListeningAsync();
        Assert.That(own.Address, Is.EqualTo($"unix://{_folder["console"]}"));
    }

    [Test]
    public async Task T215_Unix_SocketLeftOver_IsReplaced()
    {
        // Closing the descriptor behind the framework's back leaves the file, as a killed process does.
        var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(_folder["dead"]));
        dead.Listen();
        File.Move(_folder["dead"], _folder["console"]);
        dead.Dispose();

        await using ConsoleServer server = Make($"unix://{_folder["console"]}");
        await server.StartListeningAsync();
        await AssertServedAsync(ConnectUnix());
    }

    [Test]
    public async Task T215_Unix_SocketInUse_IsAnErrorAndStaysAlive()
    {
        await using ConsoleServer first = Make($"unix://{_folder["console"]}");
        await first.StartListeningAsync();
        await using (ConsoleServer second = Make($"unix://{_folder["console"]}"))
        {
            Assert.That(
                second.StartListeningAsync,
                Throws.TypeOf<RuntimeException>().With.Message.Contains(_folder["console"]).And.Message.Contains("another process listens there"));
        }

        await AssertServedAsync(ConnectUnix());
    }

    [TestCase("http://localhost", Description = "T213")]
    [TestCase("unix://relative")]
    [TestCase("")]
    public async Task T213_Bind_Malformed_IsAnError(string bind)
    {
        await using ConsoleServer server = Make(bind);
        Assert.That(server.StartListeningAsync, Throws.TypeOf<RuntimeException>().With.Message.Contains("console.global.bind"));
    }

    [Test]
    public async Task Unix_DirectoryMissing_IsAnErrorThatNamesTheAddress()
    {
        await using ConsoleServer server = Make($"unix://{_folder["missing"]}/console");
        Assert.That(server.StartListeningAsync, Throws.TypeOf<RuntimeException>().With.Message.Contains(_folder["missing"]));
    }

    [Test]
    public async Task T212_Tcp_Loopback_IsServed()
    {
        await using ConsoleServer server = Make("tcp://127.0.0.1:0");
        await server.StartListeningAsync();
        await AssertServedAsync(await ConnectTcpAsync(server));
    }

    [Test]
    public async Task T216_Tcp_NotLoopback_NeedsAllowRemote()
    {
        await using (ConsoleServer refused = Make("tcp://0.0.0.0:0"))
        {
            Assert.That(
                refused.StartListeningAsync, Throws.TypeOf<RuntimeException>().With.Message.Contains("allow_remote").And.Message.Contains("0.0.0.0"));
        }

        await using ConsoleServer allowed = Make("tcp://0.0.0.0:0", static o => o.AllowRemote = true);
        await allowed.StartListeningAsync();
        await AssertServedAsync(await ConnectTcpAsync(allowed));
    }

    [Test]
    public async Task H71_Tcp_PeersThatResetAtOnce_HoldNobodyUp()
    {
        using var logs = new LogCapture();
        var options = new ConsoleOptions { Global = new GlobalConsoleOptions { Bind = "tcp://127.0.0.1:0", Permissions = Permissions.Full } };
        await using var server = new ConsoleServer(_runtime, options, logs);
        await server.StartListeningAsync();
        for (int i = 0; i < 200; i++)
        {
            Socket socket = await ConnectTcpAsync(server);
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        await AssertServedAsync(await ConnectTcpAsync(server));
        Assert.That(logs.Records.Select(static r => r.Event), Has.None.EqualTo("AcceptFailed"), "after each of those the listener rests");
    }

    [Test]
    public async Task Tcp_PortInUse_IsAnErrorThatNamesTheAddress()
    {
        await using ConsoleServer first = Make("tcp://127.0.0.1:0");
        await first.StartListeningAsync();
        await using ConsoleServer second = Make(first.Address!);
        Assert.That(second.StartListeningAsync, Throws.TypeOf<RuntimeException>().With.Message.Contains(first.Address));
    }

    [Test]
    public async Task T215_NoConsoleConfigured_ListensNowhere()
    {
        await using var server = new ConsoleServer(_runtime, new ConsoleOptions(), NullLoggerFactory.Instance);
        await server.StartListeningAsync();
        Assert.That(server.Address, Is.Null);
    }

    [Test]
    public async Task Client_BoundToAnOddPath_IsServedAsAnyOther()
    {
        await using ConsoleServer server = Make($"unix://{_folder["console"]}");
        await server.StartListeningAsync();
        byte[] folder = Encoding.UTF8.GetBytes(_folder.Path + "/");
        byte[][] paths =
        [
            [.. folder, .. "["u8], [.. folder, .. "a:b"u8], [.. folder, .. "%zz?#"u8], [.. folder, 0xFF, 0xFE],
            [.. folder, .. Enumerable.Repeat((byte)'x', 107 - folder.Length)], [.. folder, .. Enumerable.Repeat((byte)'y', 108 - folder.Length)],
            "\0abstract-northstar-test"u8.ToArray(), "relative-northstar-test"u8.ToArray(),
        ];
        try
        {
            foreach (byte[] path in paths)
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Bind(new RawUnixEndPoint(path));
                socket.Connect(new UnixDomainSocketEndPoint(_folder["console"]));
                await AssertServedAsync(socket);
            }
        }
        finally
        {
            Array.ForEach(paths, Unlink);
        }
    }

    /// <summary>Removes a file whose name need not be text.</summary>
    private static unsafe void Unlink(byte[] path)
    {
        fixed (byte* name = (byte[])[.. path, 0])
        {
            _ = Sys.unlinkat(Sys.AT_FDCWD, name, 0);
        }
    }

    [Test]
    public async Task StopListening_WhateverItsClientsDo_EndsThemAndLeavesTheOthers()
    {
        await using ConsoleServer server = Make($"unix://{_folder["console"]}");
        await server.StartListeningAsync();
        using var subscriber = new ConsolePeerSocket(ConnectUnix());
        using var deaf = new ConsolePeerSocket(ConnectUnix());
        Assert.That(await subscriber.AskAsync(ConsoleFixture.Subscribe), Is.EqualTo(ConsoleFixture.Ack));
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        using var container = new ConsolePeerSocket(theirs.ToSocket());
        using var ended = new CancellationTokenSource();
        server.ServeContainer(ours.ToSocket(), FakeRuntime.Hello, Permissions.Full, null, ended.Token);
        Assert.That(await container.AskAsync(ConsoleFixture.Subscribe), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await deaf.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Task flood = deaf.FloodAsync();
        await _time.TimerAsync(new ConsoleLimits().WriteTimeout);
        using var silent = new ConsolePeerSocket(ConnectUnix());

        _runtime.Notifications.Publish(new Notification.Shutdown());
        await server.StopListeningAsync().WaitAsync(ConsolePeerSocket.Deadline);
        Assert.That(_folder.Names, Is.Empty);
        Assert.That(await silent.ReadLineAsync(), Is.Null);
        Assert.That(await subscriber.ReadLineAsync(), Is.EqualTo("""{"notification":"shutdown"}"""));
        Assert.That(await subscriber.ReadLineAsync(), Is.Null);

        _runtime.Notifications.Publish(new Notification.Exit(FakeRuntime.Hello, new ExitStatus.Signalled(9)));
        Assert.That(await container.ReadLineAsync(), Is.EqualTo("""{"notification":"shutdown"}"""));
        Assert.That(await container.ReadLineAsync(), Does.Contain("signalled"));
        Assert.That(await container.AskAsync(ConsoleFixture.Ident), Is.EqualTo("closed"));
        await flood;
    }

    [Test]
    public async Task T224_T226_Container_Console_IsItsOwnAndEndsWithIt()
    {
        await using ConsoleServer server = Make(null);
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        using var container = new ConsolePeerSocket(theirs.ToSocket());
        using var ended = new CancellationTokenSource();
        server.ServeContainer(ours.ToSocket(), FakeRuntime.Hello, Permissions.Ident, null, ended.Token);
        Assert.That(await container.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await container.AskAsync(ConsoleFixture.Ident), Is.EqualTo("""{"response":{"ident":"hello:0.0.1"}}"""));
        await ended.CancelAsync();
        Assert.That(await container.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task T240_Tokens_BetweenConnections_AreVerified()
    {
        await using ConsoleServer server = Make(null);
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        Task serving = server.ServeAsync(ours.ToSocket(), Permissions.Full);
        await using (NorthstarClient client = await NorthstarClient.ConnectAsync(new NetworkStream(theirs.ToSocket(), ownsSocket: true)))
        {
            ContainerName self = ContainerName.Parse("extern");
            Token token = await client.CreateTokenAsync(self, "hello!"u8.ToArray());
            Assert.That(await client.VerifyTokenAsync(token, self, "hello!"u8.ToArray()), Is.EqualTo(TokenVerification.Ok));
            Assert.That(await client.VerifyTokenAsync(token, self, "x"u8.ToArray()), Is.EqualTo(TokenVerification.Invalid));
            Assert.That(await client.VerifyTokenAsync(token, ContainerName.Parse("foo"), "hello!"u8.ToArray()), Is.EqualTo(TokenVerification.Invalid));
        }

        await serving.WaitAsync(ConsolePeerSocket.Deadline);
    }

    private ConsoleServer Make(string? bind, Action<GlobalConsoleOptions>? configure = null)
    {
        var options = new ConsoleOptions();
        if (bind is not null)
        {
            options.Global = new GlobalConsoleOptions { Bind = bind, Permissions = Permissions.Full };
            options.Global.Limits.MaxRequestsPerSecond = uint.MaxValue;
            configure?.Invoke(options.Global);
        }

        return new ConsoleServer(_runtime, options, NullLoggerFactory.Instance, _time);
    }

    private Socket ConnectUnix()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_folder["console"]));
        return socket;
    }

    private static async Task<Socket> ConnectTcpAsync(ConsoleServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, ((ConsoleAddress.Tcp)ConsoleAddress.Parse(server.Address!)).Port);
        return socket;
    }

    private static async Task AssertServedAsync(Socket socket)
    {
        using var peer = new ConsolePeerSocket(socket);
        Assert.That(await peer.AskAsync(ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await peer.AskAsync(ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
        socket.Dispose();
    }

    /// <summary>The address of a Unix socket, byte for byte.</summary>
    private sealed class RawUnixEndPoint(byte[] path) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Unix;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Unix, 2 + path.Length);
            for (int i = 0; i < path.Length; i++)
            {
                address[2 + i] = path[i];
            }

            return address;
        }

        public override EndPoint Create(SocketAddress socketAddress) => this;
    }
}
