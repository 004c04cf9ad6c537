// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>Records which step failed, with errno and path, and ends the process.</summary>
/// <remarks>
/// Init sends its failure to the runtime. The payload writes its own into a page that it shares with init, because under a strict seccomp
/// filter it may call nothing any more when <c>execve</c> fails.
/// </remarks>
internal static unsafe class Failure
{
    /// <summary>The exit code of a child whose launch failed; only the message counts.</summary>
    private const int ExitCode = 125;

    private static int s_socket = -1;
    private static byte* s_page;
    private static LaunchStage s_failAt;
    private static int s_failErrno;

    /// <summary>Gets the size of a report, the path included.</summary>
    internal static int MaxLength => sizeof(InitMessage) + InitMessage.MaxDetail;

    /// <summary>Sends reports to the runtime.</summary>
    internal static void SendTo(int socket) => s_socket = socket;

    /// <summary>Writes reports into a page shared with init.</summary>
    internal static void WriteTo(byte* page) => s_page = page;

    /// <summary>Makes a step fail on purpose, or stand still when the error number is 0, for tests.</summary>
    internal static void FailAt(LaunchStage stage, int errno)
    {
        s_failAt = stage;
        s_failErrno = errno;
    }

    /// <summary>Begins a step.</summary>
    internal static void Enter(LaunchStage stage)
    {
        if (s_page is not null)
        {
            ((InitMessage*)s_page)->Stage = stage;
        }

        if (stage == s_failAt)
        {
            if (s_failErrno == 0)
            {
                StandStill();
            }

            Report(stage, s_failErrno, null);
        }
    }

    /// <summary>Waits for a signal that ends the process.</summary>
    internal static void StandStill()
    {
        while (true)
        {
            _ = Sys.poll(null, 0, -1);
        }
    }

    /// <summary>Ends the process when <paramref name="result"/> is negative.</summary>
    internal static int Check(int result, LaunchStage stage, byte* path = null)
    {
        if (result < 0)
        {
            Report(stage, Marshal.GetLastPInvokeError(), path);
        }

        return result;
    }

    /// <summary>Ends the process when what was set does not read back.</summary>
    internal static void Verify(bool holds, LaunchStage stage, ReadOnlySpan<byte> what)
    {
        if (!holds)
        {
            fixed (byte* text = what)
            {
                Report(stage, (int)Errno.ENOTRECOVERABLE, text);
            }
        }
    }

    /// <summary>Ends the process unless the working directory is the root, seen from the root (getcwd(2)).</summary>
    internal static void VerifyAtRoot(LaunchStage stage)
    {
        byte* path = stackalloc byte[16];
        int length = Sys.getcwd(path, 16);
        Verify(length == 2 && path[0] == '/', stage, "working directory, read back\0"u8);
    }

    /// <summary>Reports and ends the process. With nobody to report to, as in a spare without a request, it just ends.</summary>
    internal static void Report(LaunchStage stage, int errno, byte* path)
    {
        byte* local = stackalloc byte[sizeof(InitMessage) + InitMessage.MaxDetail];
        byte* buffer = s_page is null ? local : s_page;
        int length = sizeof(InitMessage);
        for (byte* c = path; c is not null && *c != 0 && length < MaxLength; c++)
        {
            buffer[length++] = *c;
        }

        *(InitMessage*)buffer = new InitMessage { Kind = InitMessage.Failed, Stage = stage, Errno = errno, Value = length };
        if (s_page is null)
        {
            _ = Sys.send(s_socket, buffer, (nuint)length, Sys.MSG_NOSIGNAL);
        }

        Sys._exit(ExitCode);
    }
}
