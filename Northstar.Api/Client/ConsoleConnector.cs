// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;

namespace Northstar.Api;

/// <summary>Makes the socket of a client's connection.</summary>
internal static class ConsoleConnector
{
    internal const string EnvironmentVariable = "NORTHSTAR_CONSOLE";

    internal static async Task<Socket> ConnectAsync(ConsoleAddress address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        Socket socket = address is ConsoleAddress.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (address is ConsoleAddress.Tcp tcp)
            {
                await socket.ConnectAsync(tcp.Host, tcp.Port, limit.Token).ConfigureAwait(false);
            }
            else
            {
                var endPoint = new UnixDomainSocketEndPoint(((ConsoleAddress.Unix)address).Path);
                await socket.ConnectAsync(endPoint, limit.Token).ConfigureAwait(false);
            }

            return socket;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ApiException(ApiFailure.Connect, $"connect {address}: no connection within {timeout.TotalSeconds} s", e);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ApiException(ApiFailure.Connect, $"connect {address}: {Reason(address, e)}; is the runtime running, with a console at this address?", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A missing path is reported by the socket class as an address that cannot be assigned.
    private static string Reason(ConsoleAddress address, SocketException e) =>
        address is ConsoleAddress.Unix && e.SocketErrorCode == SocketError.AddressNotAvailable ? "there is no such socket" : e.Message;

    /// <summary>Takes over the descriptor that a container inherits.</summary>
    internal static Socket FromDescriptor(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            throw new ApiException(
                ApiFailure.Connect, $"connect: {EnvironmentVariable} is not set; a container has a console if its manifest has 'console'");
        }

        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor))
        {
            throw new ApiException(ApiFailure.Connect, $"connect: {EnvironmentVariable} is '{value}', which is no descriptor number");
        }

        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        Exception? cause = null;
        try
        {
            var socket = new Socket(handle);

            // A descriptor of another kind is taken without complaint and has no type.
            if (socket.SocketType == SocketType.Stream)
            {
                return socket;
            }
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            cause = e;
        }

        // What is no socket is not ours to close.
        handle.SetHandleAsInvalid();
        throw new ApiException(ApiFailure.Connect, $"connect: descriptor {descriptor} of {EnvironmentVariable} is no stream socket", cause);
    }
}
