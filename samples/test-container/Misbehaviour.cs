// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Samples;

/// <summary>What a broken or hostile program does. A forked child has one thread and only makes system calls.</summary>
internal static unsafe class Misbehaviour
{
    private const int EAGAIN = 11;
    private const int SIGKILL = 9;
    private const nint SIG_IGN = 1;
    private const int LastStandardSignal = 31;
    private const int PieceSize = 1 << 20;

    /// <summary>Closes the standard streams and goes on.</summary>
    internal static void CloseStreams()
    {
        Output.WriteLine("closing");
        for (int stream = 0; stream <= Libc.StandardError; stream++)
            Native.Check(Native.close(stream), "close");
        Libc.WaitForSignal();
    }

    /// <summary>Leaves a child in a session of its own that ignores what can be ignored.</summary>
    internal static void LeaveDaemon()
    {
        if (Native.Check(Native.fork(), "fork") == 0)
        {
            _ = Native.setsid();
            Ignore();
            if (Native.fork() == 0)
                Libc.WaitForSignal();
            Native._exit(0);
        }

        int status;
        _ = Native.waitpid(-1, &status, 0);
        Output.WriteLine("daemon left");
    }

    /// <summary>Takes memory and writes to every page until somebody ends it.</summary>
    internal static void EatMemory()
    {
        while (true)
            NativeMemory.Fill(NativeMemory.Alloc(PieceSize), PieceSize, 1);
    }

    /// <summary>Writes to a file until nothing more fits.</summary>
    internal static void Fill(string path)
    {
        long written = 0;
        string end;
        try
        {
            using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            byte[] piece = new byte[PieceSize];
            while (true)
            {
                file.Write(piece);
                written += piece.Length;
            }
        }
        catch (IOException e)
        {
            end = e.Message;
        }

        Output.WriteLine($"filled {written}: {end}");
    }

    /// <summary>Writes megabytes without a line end.</summary>
    internal static void Flood(int megabytes)
    {
        byte[] piece = new byte[PieceSize];
        Array.Fill(piece, (byte)'x');
        for (int i = 0; i < megabytes; i++)
            Output.Write(Libc.StandardOutput, piece);
        Output.WriteErrorLine("flooded");
    }

    /// <summary>Forks, and so does every child, until the limit is met; then all of them wait.</summary>
    internal static void ForkBomb()
    {
        int self = Native.getpid();
        int child;
        do
            child = Native.fork();
        while (child >= 0);
        int error = Marshal.GetLastPInvokeError();
        if (Native.getpid() == self)
            Output.WriteLine(error == EAGAIN ? "the limit is met" : $"fork: errno {error}");
        Libc.WaitForSignal();
    }

    /// <summary>Prints what is neither UTF-8 nor harmless on a terminal.</summary>
    internal static void PrintGarbage()
    {
        Output.Write(Libc.StandardOutput, [0xFF, 0xFE, 0xC3, 0x28, (byte)'\n']);
        Output.Write(Libc.StandardOutput, "\u001b]0;title\u0007\u001b[2J\u009b31mred\r\n");
        Output.Write(Libc.StandardOutput, "fake\u0000 2026-01-01 ERROR northstar: forged\u2028line\n");
    }

    /// <summary>Ignores every signal that can be ignored.</summary>
    internal static void IgnoreSignals() => Ignore();

    /// <summary>Kills every process it can see; init and itself are not among them.</summary>
    internal static void KillAll()
    {
        int child = Native.Check(Native.fork(), "fork");
        if (child == 0)
            Libc.WaitForSignal();
        Native.Check(Native.kill(-1, SIGKILL), "kill");
        int status;
        int reaped = Native.Check(Native.waitpid(child, &status, 0), "waitpid");
        for (int signal = 1; signal <= LastStandardSignal; signal++)
            Native.Check(Native.kill(1, signal), "kill");
        Output.WriteLine($"child {(reaped == child ? "killed" : "lost")}, init {(Native.kill(1, 0) == 0 ? "alive" : "gone")}");
    }

    /// <summary>Leaves children without a parent that end at once.</summary>
    internal static void LeaveOrphans(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int child = Native.Check(Native.fork(), "fork");
            if (child == 0)
            {
                if (Native.fork() == 0)
                    Native._exit(0);
                Native._exit(0);
            }

            int status;
            _ = Native.waitpid(child, &status, 0);
        }

        Output.WriteLine($"orphans: {count}");
    }

    /// <summary>Leaves init's session and process group.</summary>
    internal static void LeaveSession() => Output.WriteLine($"session: {Native.Check(Native.setsid(), "setsid")}");

    /// <summary>Computes nothing, as long as it is let.</summary>
    internal static int? Spin()
    {
        Output.WriteLine("spinning");
        while (true)
            Thread.SpinWait(1000);
    }

    /// <summary>Exchanges two entries of a directory again and again, at any moment.</summary>
    internal static void Swap(string first, string second)
    {
        Output.WriteLine("swapping");
        while (true)
            _ = Native.Check(Native.renameat2(Native.AT_FDCWD, first, Native.AT_FDCWD, second, Native.RENAME_EXCHANGE), "renameat2", first);
    }

    /// <summary>Makes a chain of processes, each the parent of the next.</summary>
    internal static void GrowTree(int depth)
    {
        for (int i = 0; i < depth; i++)
        {
            if (Native.Check(Native.fork(), "fork") != 0)
            {
                if (i == 0)
                    return;
                Libc.WaitForSignal();
            }
        }

        Output.WriteLine($"depth: {depth}");
        Libc.WaitForSignal();
    }

    private static void Ignore()
    {
        for (int signal = 1; signal <= LastStandardSignal; signal++)
            _ = Native.signal(signal, SIG_IGN);
    }
}
