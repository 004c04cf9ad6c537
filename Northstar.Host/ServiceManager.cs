// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;

namespace Northstar.Host;

/// <summary>Tells a service manager how the process is (sd_notify(3)).</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Sends a state, if a manager asked for it. A manager that does not listen is none of our concern.</summary>
    internal static void Notify(string state)
    {
        string? address = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            string path = address.StartsWith('@') ? "\0" + address[1..] : address; // an abstract name
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // Running matters more than telling.
        }
    }
}
