// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Samples;

/// <summary>Tries to look into another process of the container, and prints which attempts succeeded.</summary>
internal static unsafe class Attack
{
    private const nint PTRACE_ATTACH = 16;
    private const nint PTRACE_SEIZE = 0x4206;
    private const int PidfdOpenNumber = 434;
    private const int PidfdGetfdNumber = 438;
    private const int BufferSize = 64;

    private static nint ProcessVmReadvNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 270 : 310;

    private static readonly List<string> s_succeeded = [];

    /// <summary>Makes every attempt on a process.</summary>
    internal static void Run(int pid)
    {
        Report("ptrace attach", Native.ptrace(PTRACE_ATTACH, pid, 0, 0));
        Report("ptrace seize", Native.ptrace(PTRACE_SEIZE, pid, 0, 0));
        Report("process_vm_readv", ReadMemory(pid));
        nint pidfd = Native.syscall(PidfdOpenNumber, pid, 0);
        Report("pidfd_getfd", Native.syscall6(PidfdGetfdNumber, pidfd, 3, 0, 0, 0, 0));
        foreach (string file in new[] { "mem", "environ", "maps", "auxv", "stack", "syscall" })
            Report(file, Read($"/proc/{pid}/{file}"));
        foreach (string directory in new[] { "fd", "map_files" })
            Report(directory, Native.open($"/proc/{pid}/{directory}/0", 0));
        foreach (string link in new[] { "root", "cwd", "exe" })
            Report(link, Native.open($"/proc/{pid}/{link}", 0));
        Output.WriteLine($"attacks that succeeded: {(s_succeeded.Count == 0 ? "none" : string.Join(", ", s_succeeded))}");
    }

    private static void Report(string attempt, nint result)
    {
        if (result >= 0)
            s_succeeded.Add(attempt);
    }

    private static nint Read(string path)
    {
        int file = Native.open(path, 0);
        if (file < 0)
            return file;
        byte* buffer = stackalloc byte[BufferSize];
        nint count = Native.read(file, buffer, BufferSize);
        _ = Native.close(file);
        return count == 0 ? -1 : count;
    }

    /// <summary>Reads from where this process has its own stack.</summary>
    private static nint ReadMemory(int pid)
    {
        byte* buffer = stackalloc byte[BufferSize];
        nint* local = stackalloc nint[2] { (nint)buffer, BufferSize };
        nint* remote = stackalloc nint[2] { (nint)buffer, BufferSize };
        return Native.syscall6(ProcessVmReadvNumber, pid, (nint)local, 1, (nint)remote, 1, 0);
    }
}
