// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Console;

/// <summary>What the kernel, or a certificate, says about the other end of a connection (unix(7)). Nothing of it is the peer's choice.</summary>
/// <param name="Name">The peer in words, for the log.</param>
/// <param name="Pid">The process that connected; 0 when it is not visible from here, null for TCP.</param>
/// <param name="Uid">Its user, null for TCP.</param>
/// <param name="Gids">Its groups.</param>
/// <param name="Selinux">Its SELinux context, or null.</param>
internal sealed record PeerFacts(string Name, int? Pid = null, uint? Uid = null, IReadOnlyList<uint>? Gids = null, string? Selinux = null)
{
    private const string CommonNameOid = "2.5.4.3";
    private const int MaxGroups = 65536;
    private const int MaxContextBytes = 4096;

    /// <summary>Gets the common name of the client's certificate, or null when there is none, or not exactly one.</summary>
    internal string? CommonName { get; private init; }

    /// <summary>Gets the SHA-256 fingerprint of the client's certificate in lower-case hex digits, or null.</summary>
    internal string? Fingerprint { get; private init; }

    /// <summary>Asks the kernel about the peer of a socket. The path that a Unix peer may have bound its end to is never looked at.</summary>
    internal static PeerFacts Of(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            return new PeerFacts($"tcp {socket.RemoteEndPoint}");
        }

        // struct ucred: pid, uid, gid (unix(7)).
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(Sys.SOL_SOCKET, Sys.SO_PEERCRED, MemoryMarshal.AsBytes(credentials));
        (int pid, uint uid, uint gid) = (credentials[0], (uint)credentials[1], (uint)credentials[2]);
        using var fd = new Borrow(socket.SafeHandle);
        uint[] groups = [gid, .. MemoryMarshal.Cast<byte, uint>(Option(fd.Fd, Sys.SO_PEERGROUPS, 64 * sizeof(uint), MaxGroups * sizeof(uint)))];
        string context = Encoding.UTF8.GetString(Option(fd.Fd, Sys.SO_PEERSEC, 256, MaxContextBytes)).TrimEnd('\0');
        return new PeerFacts(
            string.Create(CultureInfo.InvariantCulture, $"pid {pid} uid {uid}"), pid, uid, groups, context.Length == 0 ? null : context);
    }

    /// <summary>Adds what a certificate says that was found good.</summary>
    internal PeerFacts With(X509Certificate certificate)
    {
        using var full = new X509Certificate2(certificate);
        string[] names = [.. full.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(static part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
            .Select(static part => part.GetSingleElementValue() ?? "")];
        string? name = names is [{ Length: > 0 } one] ? one : null;
        string fingerprint = full.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        return this with
        {
            Name = $"{Name} certificate {(name is null ? "without a name" : ContainerOutput.Printable(name))} sha256:{fingerprint[..16]}",
            CommonName = name,
            Fingerprint = fingerprint,
        };
    }

    /// <summary>Reads an option of unknown length; one that the kernel lacks is empty.</summary>
    private static unsafe byte[] Option(int fd, int name, int guess, int most)
    {
        byte[] buffer = new byte[guess];
        while (true)
        {
            uint length = (uint)buffer.Length;
            fixed (byte* value = buffer)
            {
                if (Sys.getsockopt(fd, Sys.SOL_SOCKET, name, value, &length) == 0)
                {
                    return buffer[..(int)length];
                }
            }

            if (Marshal.GetLastPInvokeError() != (int)Errno.ERANGE || buffer.Length >= most)
            {
                return [];
            }

            buffer = new byte[Math.Min(Math.Max((int)length, buffer.Length * 2), most)];
        }
    }
}
