// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Containers;

/// <summary>The Unix sockets that the runtime makes for one container. Their files go with the container.</summary>
internal sealed unsafe class ContainerSockets : IDisposable
{
    private const string VariablePrefix = "NORTHSTAR_SOCKET_";

    private readonly string _directory;
    private readonly List<string> _files = [];
    private readonly List<Socket> _sockets = [];

    private ContainerSockets(string directory) => _directory = directory;

    /// <summary>Gets the descriptors in the order of <see cref="Variables"/>.</summary>
    internal IReadOnlyList<SafeHandle> Descriptors => [.. _sockets.Select(s => (SafeHandle)s.SafeHandle)];

    /// <summary>Gets the variables that announce the descriptors.</summary>
    internal List<string> Variables { get; } = [];

    /// <summary>Makes the sockets of a manifest. Stream and seqpacket sockets listen.</summary>
    /// <exception cref="LinuxException">A socket file cannot be made.</exception>
    internal static ContainerSockets Create(string directory, Manifest manifest)
    {
        var sockets = new ContainerSockets(directory);
        try
        {
            foreach (string name in manifest.Sockets.Keys.Order(StringComparer.Ordinal))
            {
                sockets.Add($"{manifest.Id}:{name}", manifest.Sockets[name]);
                sockets.Variables.Add(VariablePrefix + name);
            }

            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Tells whether a file is named as <see cref="Create"/> names sockets, before they are ready or after.</summary>
    internal static bool IsNameOfOurs(string name)
    {
        if (name.StartsWith('.'))
        {
            string[] halves = name[1..].Split('-', 2);
            return halves.Length == 2 && halves[0].Length > 0 && halves[0].All(char.IsAsciiDigit) && halves[1].All(char.IsAsciiHexDigitLower);
        }

        string[] parts = name.Split(':', 3);
        return parts.Length == 3 && ContainerId.TryParse($"{parts[0]}:{parts[1]}", out _);
    }

    /// <summary>Closes the runtime's copies, which the payload has by now.</summary>
    internal void CloseDescriptors()
    {
        _sockets.ForEach(static s => s.Dispose());
        _sockets.Clear();
    }

    /// <summary>Removes the files.</summary>
    public void Dispose()
    {
        CloseDescriptors();
        foreach (string file in _files)
        {
            try
            {
                File.Delete(Path.Combine(_directory, file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The directory itself may be gone; a file that stays is removed at the next start.
            }
        }

        _files.Clear();
    }

    /// <summary>Binds under a name that nobody looks for and gives the file its owner and mode there: it appears under its own name ready.</summary>
    private void Add(string file, ContainerSocket settings)
    {
        string staged = $".{Environment.ProcessId}-{Guid.NewGuid():N}"[..20];
        string stagedPath = Path.Combine(_directory, staged);
        var socket = new Socket(AddressFamily.Unix, Kind(settings.Type), ProtocolType.Unspecified);
        _sockets.Add(socket);
        if (settings.PassCred == true)
        {
            SetPassCred(socket, file);
        }

        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(stagedPath));
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            throw new LinuxException(e is SocketException s ? s.ErrorCode : (int)Errno.ENAMETOOLONG, "bind", Path.Combine(_directory, file));
        }

        _files.Add(staged);
        if (settings.Type != SocketKind.Datagram)
        {
            socket.Listen();
        }

        uint uid = settings.Uid ?? uint.MaxValue;
        uint gid = settings.Gid ?? uint.MaxValue;
        fixed (byte* path = Encoding.UTF8.GetBytes(stagedPath + '\0'), target = Encoding.UTF8.GetBytes(Path.Combine(_directory, file) + '\0'))
        {
            const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
            Check(Sys.fchownat(Sys.AT_FDCWD, path, uid, gid, NoFollow), "chown", file);
            Check(Sys.fchmodat(Sys.AT_FDCWD, path, settings.Mode & 0xFFF, 0), "chmod", file);

            // Replaces what a runtime left behind that died.
            Check(Sys.renameat2(Sys.AT_FDCWD, path, Sys.AT_FDCWD, target, 0), "rename", file);
        }

        _files[^1] = file;
    }

    private void Check(int result, string operation, string file)
    {
        if (result < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), operation, Path.Combine(_directory, file));
        }
    }

    private void SetPassCred(Socket socket, string file)
    {
        int on = 1;
        using var fd = new Borrow(socket.SafeHandle);
        Check(Sys.setsockopt(fd.Fd, Sys.SOL_SOCKET, Sys.SO_PASSCRED, &on, sizeof(int)), "setsockopt", file);
    }

    private static SocketType Kind(SocketKind kind) => kind switch
    {
        SocketKind.Stream => SocketType.Stream,
        SocketKind.Datagram => SocketType.Dgram,
        _ => SocketType.Seqpacket,
    };
}
