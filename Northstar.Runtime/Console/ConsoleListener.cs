// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Sockets;
using Northstar.Api;

namespace Northstar.Runtime.Console;

/// <summary>A socket that listens for external clients.</summary>
internal sealed partial class ConsoleListener : IDisposable
{
    private const int Backlog = 128;

    private ConsoleListener(Socket socket, string address) => (Socket, Address) = (socket, address);

    /// <summary>Gets the listening socket.</summary>
    internal Socket Socket { get; }

    /// <summary>Gets the address, with the port that was really taken.</summary>
    internal string Address { get; }

    /// <summary>Gets a value indicating whether other machines can reach it.</summary>
    internal bool IsRemote { get; private init; }

    /// <summary>Gets the path of the socket file, or null.</summary>
    internal string? Path { get; private init; }

    /// <summary>Binds and listens.</summary>
    /// <exception cref="RuntimeException">The address is malformed, not allowed or in use.</exception>
    internal static async Task<ConsoleListener> BindAsync(GlobalConsoleOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return ConsoleAddress.Parse(options.Bind) switch
            {
                ConsoleAddress.Unix unix => BindUnix(unix, options),
                ConsoleAddress.Tcp tcp => await BindTcpAsync(tcp, options.AllowRemote, cancellationToken).ConfigureAwait(false),
                _ => throw new FormatException($"invalid console address '{options.Bind}'"),
            };
        }
        catch (FormatException e)
        {
            throw RuntimeException.Unexpected($"console.global.bind: {e.Message}", e);
        }
        catch (Exception e) when (e is SocketException or LinuxException)
        {
            throw RuntimeException.Unexpected($"console {options.Bind}: {e.Message}", e);
        }
    }

    /// <summary>Stops listening. The file is gone before, so that nobody finds a socket that refuses.</summary>
    /// <exception cref="IOException">The file cannot be removed; the socket is closed all the same.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public void Dispose()
    {
        try
        {
            if (Path is not null)
            {
                File.Delete(Path);
            }
        }
        finally
        {
            Socket.Dispose();
        }
    }

    private static async Task<ConsoleListener> BindTcpAsync(ConsoleAddress.Tcp address, bool allowRemote, CancellationToken cancellationToken)
    {
        // 0.0.0.0 and :: are addresses to bind to, which the resolver refuses.
        IPAddress[] found = IPAddress.TryParse(address.Host, out IPAddress? given) ? [given] : await Dns.GetHostAddressesAsync(address.Host, cancellationToken).ConfigureAwait(false);
        if (found is not [IPAddress ip, ..])
        {
            throw RuntimeException.Unexpected($"console {address}: the host has no address");
        }

        bool isRemote = !IPAddress.IsLoopback(ip);
        if (isRemote && !allowRemote)
        {
            throw RuntimeException.Unexpected(
                $"console {address}: {ip} is no loopback address; bind to 127.0.0.1 or ::1, or set console.global.allow_remote to let other machines in");
        }

        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(ip, address.Port));
            socket.Listen(Backlog);
            return new ConsoleListener(socket, $"tcp://{socket.LocalEndPoint}") { IsRemote = isRemote };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
