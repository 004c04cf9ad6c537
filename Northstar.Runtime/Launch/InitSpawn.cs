// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>Executes northstar-init in a new process, without a fork of the runtime.</summary>
internal static unsafe class InitSpawn
{
    /// <summary>Starts it, with four descriptors and nothing else, no environment, in a session of its own. Returns the process id.</summary>
    /// <param name="file">What is executed.</param>
    /// <param name="initPath">What errors name.</param>
    /// <param name="arguments">The arguments, argument 0 left out.</param>
    /// <param name="descriptors">Standard input, output, error, and the socket to the runtime as descriptor 3.</param>
    internal static int Start(string file, string initPath, IReadOnlyList<string> arguments, params ReadOnlySpan<SafeHandle> descriptors)
    {
        var actions = default(Sys.posix_spawn_opaque);
        var attributes = default(Sys.posix_spawn_opaque);
        _ = Sys.posix_spawn_file_actions_init(&actions);
        _ = Sys.posix_spawnattr_init(&attributes);
        var sources = new List<SafeFd>();
        try
        {
            for (int i = 0; i < descriptors.Length; i++)
            {
                // Out of the way of the targets first.
                sources.Add(Descriptors.Duplicate(descriptors[i], descriptors.Length));
                using var source = new Borrow(sources[i]);
                _ = Sys.posix_spawn_file_actions_adddup2(&actions, source.Fd, i);
            }

            // A session of its own, and the signals that end a service reach the runtime alone; blocked here they are blocked in every thread.
            var mask = new Sys.sigset_t { bits = Bit(Sys.SIGHUP) | Bit(Sys.SIGINT) | Bit(Sys.SIGQUIT) | Bit(Sys.SIGTERM) | Bit(Sys.SIGCHLD) };
            _ = Sys.posix_spawnattr_setsigmask(&attributes, &mask);
            _ = Sys.posix_spawnattr_setflags(&attributes, Sys.POSIX_SPAWN_SETSIGMASK | Sys.POSIX_SPAWN_SETSID);
            return Spawn(file, initPath, arguments, &actions, &attributes);
        }
        finally
        {
            sources.ForEach(static s => s.Dispose());
            _ = Sys.posix_spawn_file_actions_destroy(&actions);
            _ = Sys.posix_spawnattr_destroy(&attributes);
        }
    }

    /// <summary>Waits for the end of a process that was started here.</summary>
    internal static void Reap(int pid)
    {
        int status;
        while (Sys.waitpid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR)
        {
        }
    }

    private static ulong Bit(int signal) => 1ul << (signal - 1);

    private static int Spawn(
        string file, string initPath, IReadOnlyList<string> arguments, Sys.posix_spawn_opaque* actions, Sys.posix_spawn_opaque* attributes)
    {
        byte** argv = stackalloc byte*[arguments.Count + 2];
        byte** envp = stackalloc byte*[1] { null };
        argv[0] = (byte*)Marshal.StringToCoTaskMemUTF8("northstar-init");
        for (int i = 0; i < arguments.Count; i++)
        {
            argv[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        argv[arguments.Count + 1] = null;
        int pid, error;
        fixed (byte* program = Encoding.UTF8.GetBytes(file + '\0'))
        {
            error = Sys.posix_spawn(&pid, program, actions, attributes, argv, envp);
        }

        for (int i = 0; argv[i] is not null; i++)
        {
            Marshal.FreeCoTaskMem((nint)argv[i]);
        }

        return error == 0 ? pid : throw new LinuxException(error, "execve", initPath);
    }
}
