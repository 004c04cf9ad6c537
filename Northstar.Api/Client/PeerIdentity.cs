// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Northstar.Api;

/// <summary>Says who is at the other end of a Unix socket, in a way that holds across containers.</summary>
public static class PeerIdentity
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerPidFd = 77; // SO_PEERPIDFD, unix(7)

    /// <summary>
    /// Returns the identity of the process that connected: the number of its file in pidfs, which no other process has or gets until the machine restarts
    /// (Linux 6.9; pidfd_open(2)). It is for <see cref="NorthstarClient.VerifyTokenAsync(Token, Northstar.Npk.ContainerName, ReadOnlyMemory{byte}, TimeSpan?, ulong?, CancellationToken)"/>.
    /// </summary>
    /// <param name="connection">A connected Unix socket of the kind stream or seqpacket. It stays the caller's.</param>
    /// <exception cref="SocketException">The kernel does not tell (before Linux 6.5), the process is gone, or it is no such socket.</exception>
    /// <exception cref="IOException">There is no <c>/proc</c> here: a container needs a mount of the type <c>proc</c>.</exception>
    public static ulong Of(Socket connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Span<byte> value = stackalloc byte[sizeof(int)];
        _ = connection.GetRawSocketOption(SocketLevel, PeerPidFd, value);
        using var process = new SafeFileHandle(BitConverter.ToInt32(value), ownsHandle: true);
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{process.DangerousGetHandle()}");
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("ino:", StringComparison.Ordinal) && ulong.TryParse(line.AsSpan(4).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong identity))
            {
                return identity;
            }
        }

        throw new IOException($"{path} has no line 'ino'; Linux 5.14 is the first with it");
    }
}
