// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Api;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux;

namespace Northstar.Runtime.Console;

/// <summary>Unix sockets: the file appears under its name only when owner and mode are set and the socket listens.</summary>
internal sealed unsafe partial class ConsoleListener
{
    private const uint ModeMask = 0xFFF;
    private const int HiddenNameLength = 20;

    private static ConsoleListener BindUnix(ConsoleAddress.Unix address, GlobalConsoleOptions options)
    {
        uint uid = options.Owner is { } owner ? FindId("owner", owner, HostGroups.FindUser) : uint.MaxValue;
        uint gid = options.Group is { } group ? FindId("group", group, HostGroups.FindGroup) : uint.MaxValue;
        RefuseIfInUse(address);
        string hidden = HiddenPath(address.Path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(hidden));
            fixed (byte* path = Encoding.UTF8.GetBytes(hidden + '\0'), target = Encoding.UTF8.GetBytes(address.Path + '\0'))
            {
                // Nobody can connect before the call to listen, whatever the mode was until here.
                Check(Sys.fchownat(Sys.AT_FDCWD, path, uid, gid, 0), "chown", address.Path);
                Check(Sys.fchmodat(Sys.AT_FDCWD, path, options.Mode & ModeMask, 0), "chmod", address.Path);
                socket.Listen(Backlog);
                Check(Sys.renameat2(Sys.AT_FDCWD, path, Sys.AT_FDCWD, target, 0), "rename", address.Path);
            }

            return new ConsoleListener(socket, address.ToString()) { Path = address.Path };
        }
        catch
        {
            // The framework removes the file that the socket was bound to.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that refuses is left over from a runtime that died. Any other answer means that somebody is there, and another file is never replaced.</summary>
    private static void RefuseIfInUse(ConsoleAddress.Unix address)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        string cause;
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(address.Path));
            cause = "another process listens there; stop that process";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (FileKind.IsSocket(address.Path))
            {
                return;
            }

            cause = "the file there is no socket; remove it";
        }
        catch (SocketException e)
        {
            // A full backlog, for example.
            cause = $"the socket there is in use or out of reach ({e.Message}); stop its process";
        }

        throw RuntimeException.Unexpected($"console {address}: {cause} or choose another path");
    }

    private static string HiddenPath(string path)
    {
        string directory = path[..(path.LastIndexOf('/') + 1)];
        int room = ConsoleAddress.MaxPathBytes - Encoding.UTF8.GetByteCount(directory);
        return directory + $".{Guid.NewGuid():N}"[..Math.Min(HiddenNameLength, room)];
    }

    private static uint FindId(string key, string name, Func<string, uint?> find) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id
        : find(name) ?? throw RuntimeException.Unexpected($"console.global.{key}: this host knows no '{name}'");

    private static void Check(int result, string operation, string path)
    {
        if (result < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), operation, path);
        }
    }
}
