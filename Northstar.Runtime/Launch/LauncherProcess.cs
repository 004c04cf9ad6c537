// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>Starts northstar-init as the launcher, from a sealed copy in memory, so that no container can reach a file of the host through <c>/proc/*/exe</c>.</summary>
internal static unsafe class LauncherProcess
{
    /// <summary>The descriptor that the launcher finds its socket at.</summary>
    private const int LauncherSocket = 3;

    /// <summary>Starts the launcher and returns its process id. <paramref name="socket"/> is its end of the pair.</summary>
    internal static int Start(string initPath, SafeHandle socket)
    {
        using SafeFd program = SealedCopy(initPath);
        using SafeFd nothing = Descriptors.Open("/dev/null", Sys.O_RDWR);
        using var programFd = new Borrow(program);
        using var socketFd = new Borrow(socket);
        using var nullFd = new Borrow(nothing);
        var actions = default(Sys.posix_spawn_opaque);
        var attributes = default(Sys.posix_spawn_opaque);
        _ = Sys.posix_spawn_file_actions_init(&actions);
        _ = Sys.posix_spawnattr_init(&attributes);
        try
        {
            for (int stream = 0; stream < LauncherSocket; stream++)
            {
                _ = Sys.posix_spawn_file_actions_adddup2(&actions, nullFd.Fd, stream);
            }

            _ = Sys.posix_spawn_file_actions_adddup2(&actions, socketFd.Fd, LauncherSocket);

            // A session of its own, and the signals that end a service reach the runtime alone; blocked here they are blocked in every thread.
            var mask = new Sys.sigset_t { bits = Bit(Sys.SIGHUP) | Bit(Sys.SIGINT) | Bit(Sys.SIGQUIT) | Bit(Sys.SIGTERM) | Bit(Sys.SIGCHLD) };
            _ = Sys.posix_spawnattr_setsigmask(&attributes, &mask);
            _ = Sys.posix_spawnattr_setflags(&attributes, Sys.POSIX_SPAWN_SETSIGMASK | Sys.POSIX_SPAWN_SETSID);
            return Spawn($"/proc/self/fd/{programFd.Fd}", initPath, &actions, &attributes);
        }
        finally
        {
            _ = Sys.posix_spawn_file_actions_destroy(&actions);
            _ = Sys.posix_spawnattr_destroy(&attributes);
        }
    }

    private static ulong Bit(int signal) => 1ul << (signal - 1);

    private static int Spawn(string path, string initPath, Sys.posix_spawn_opaque* actions, Sys.posix_spawn_opaque* attributes)
    {
        int pid;
        fixed (byte* program = Encoding.UTF8.GetBytes(path + '\0'), name = "northstar-init\0"u8)
        {
            byte** argv = stackalloc byte*[2] { name, null };
            byte** envp = stackalloc byte*[1] { null };
            int error = Sys.posix_spawn(&pid, program, actions, attributes, argv, envp);
            return error == 0 ? pid : throw new LinuxException(error, "execve", initPath);
        }
    }

    private static SafeFd SealedCopy(string path)
    {
        SafeFd memfd = Descriptors.NewMemfd("northstar-init");
        try
        {
            using (SafeFileHandle source = File.OpenHandle(path))
            using (var target = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false))
            {
                Copy(source, target);
            }

            Descriptors.Seal(memfd);

            // The copy that is executed must not be open for writing (execve(2), ETXTBSY).
            return Descriptors.ReopenReadOnly(memfd);
        }
        finally
        {
            memfd.Dispose();
        }
    }

    private static void Copy(SafeFileHandle source, SafeFileHandle target)
    {
        Span<byte> piece = stackalloc byte[32 * 1024];
        long done = 0;
        int count;
        while ((count = RandomAccess.Read(source, piece, done)) > 0)
        {
            RandomAccess.Write(target, piece[..count], done);
            done += count;
        }
    }
}
