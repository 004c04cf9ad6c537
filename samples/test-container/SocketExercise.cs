// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Samples;

/// <summary>
/// Uses a socket of the manifest from both ends: a thread serves the inherited descriptor, the main thread connects to the
/// socket's file in the directory that all containers share.
/// </summary>
internal static unsafe class SocketExercise
{
    private const int Rounds = 10;
    private const string Directory = "/unix-sockets";

    private static ReadOnlySpan<byte> Payload => "foobar"u8;

    /// <summary>Runs the client to its end and returns the exit code 0.</summary>
    /// <exception cref="CommandException">The socket is unknown, or did not do what it should.</exception>
    internal static int? Run(string name)
    {
        switch (name)
        {
            case "datagram":
                Serve(name, static descriptor => ReceiveAll(descriptor));
                Send(name, Native.SOCK_DGRAM, echo: false);
                break;
            case "seq-packet":
                Serve(name, static descriptor => ReceiveAll(Accept(descriptor)));
                Send(name, Native.SOCK_SEQPACKET, echo: false);
                break;
            case "stream":
                Serve(name, static descriptor => EchoEveryConnection(descriptor));
                Send(name, Native.SOCK_STREAM, echo: true);
                break;
            case "no_permission":
                ExpectRefusal(name);
                break;
            default:
                throw new CommandException($"no exercise for a socket \"{name}\"");
        }

        Output.WriteLine($"socket {name}: ok");
        return 0;
    }

    private static void Serve(string name, Action<int> server)
    {
        int descriptor = Commands.InheritedSocket(name);
        StartThread(() => server(descriptor));
    }

    /// <summary>Starts a thread whose failure fails the program, too: an answer would never come.</summary>
    private static void StartThread(Action action) => new Thread(() =>
    {
        try
        {
            action();
        }
        catch (CommandException exception)
        {
            Output.WriteErrorLine($"test-container: server: {exception.Message}");
            Environment.Exit(1);
        }
    })
    { IsBackground = true }.Start();

    private static int Accept(int descriptor) => Native.Check(Native.accept(descriptor, null, null), "accept");

    private static void EchoEveryConnection(int listener)
    {
        while (true)
        {
            int connection = Accept(listener);
            StartThread(() => Echo(connection));
        }
    }

    private static void Echo(int connection)
    {
        byte* buffer = stackalloc byte[64];
        int length;
        while ((length = Native.Check(Native.recv(connection, buffer, 64, 0), "recv")) > 0)
            SendExactly(connection, buffer, length);
    }

    private static void ReceiveAll(int descriptor)
    {
        byte* buffer = stackalloc byte[64];
        for (int round = 0; round < Rounds; round++)
        {
            int length = Native.Check(Native.recv(descriptor, buffer, 64, 0), "recv");
            Compare(new ReadOnlySpan<byte>(buffer, length));
        }
    }

    private static void Send(string name, int type, bool echo)
    {
        int client = Native.Check(Native.socket(Native.AF_UNIX, type, 0), "socket");
        Native.Check(Connect(client, name), "connect", PathOf(name));
        byte* buffer = stackalloc byte[Payload.Length];
        for (int round = 0; round < Rounds; round++)
        {
            fixed (byte* payload = Payload)
                SendExactly(client, payload, Payload.Length);
            if (!echo)
                continue;

            int received = 0;
            while (received < Payload.Length)
            {
                int length = Native.Check(Native.recv(client, buffer + received, (nuint)(Payload.Length - received), 0), "recv");
                if (length == 0)
                    throw new CommandException("the server closed the connection");
                received += length;
            }

            Compare(new ReadOnlySpan<byte>(buffer, received));
        }
    }

    private static void ExpectRefusal(string name)
    {
        int client = Native.Check(Native.socket(Native.AF_UNIX, Native.SOCK_STREAM, 0), "socket");
        if (Connect(client, name) >= 0)
            throw new CommandException($"connect {PathOf(name)}: succeeded, although it should be refused");
    }

    private static void SendExactly(int descriptor, byte* bytes, int length)
    {
        if (Native.Check(Native.send(descriptor, bytes, (nuint)length, 0), "send") != length)
            throw new CommandException("send: only a part was sent");
    }

    private static void Compare(ReadOnlySpan<byte> received)
    {
        if (!received.SequenceEqual(Payload))
            throw new CommandException($"received {received.Length} bytes that were not sent");
    }

    private static int Connect(int descriptor, string name)
    {
        byte[] path = Encoding.UTF8.GetBytes(PathOf(name));
        if (path.Length >= Native.UnixAddress.PathCapacity)
            throw new CommandException($"{PathOf(name)}: too long for a socket address");
        Native.UnixAddress address = new() { Family = Native.AF_UNIX };
        path.CopyTo(new Span<byte>(address.Path, Native.UnixAddress.PathCapacity));
        return Native.connect(descriptor, &address, sizeof(Native.UnixAddress));
    }

    /// <summary>Names the socket's file after the container that runs, which for the tests may be another version.</summary>
    private static string PathOf(string name) =>
        $"{Directory}/{Environment.GetEnvironmentVariable("NORTHSTAR_CONTAINER") ?? "test-container:0.0.1"}:{name}";
}
