// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Northstar.Api;

/// <summary>Makes the socket of a client's connection.</summary>
internal static class ConsoleConnector
{
    internal const string EnvironmentVariable = "NORTHSTAR_CONSOLE";

    /// <summary>Connects to an address, with TLS if there are options for it.</summary>
    internal static async Task<Stream> ConnectAsync(
        ConsoleAddress address, TimeSpan timeout, NorthstarTlsOptions? tls, CancellationToken cancellationToken)
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

            var stream = new NetworkStream(socket, ownsSocket: true);
            return tls is null ? stream : await EncryptAsync(stream, tls.ForHost(((ConsoleAddress.Tcp)address).Host), limit.Token).ConfigureAwait(false);
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
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            socket.Dispose();
            throw new ApiException(
                ApiFailure.Connect, $"connect {address}: TLS failed: {e.Message} Does the console use TLS, and is its certificate of a trusted authority and for this host?", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> EncryptAsync(NetworkStream stream, SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await encrypted.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync().ConfigureAwait(false);
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
