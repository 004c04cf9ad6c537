// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Northstar.Samples;

/// <summary>What the simple commands do.</summary>
internal static unsafe class Commands
{
    /// <summary>Exit code of <c>crash</c>: an unhandled exception would end by signal 6 instead.</summary>
    internal const int CrashExitCode = 101;

    /// <summary>Calls delete_module(2) without a name. It cannot succeed; that it returns shows that the filter let it pass.</summary>
    internal static void CallDeleteModule(int flags)
    {
        nint result = Native.syscall(Native.DeleteModuleNumber, 0, flags);
        Output.WriteLine($"delete_module(NULL, {flags}) returned {result}, errno {Marshal.GetLastPInvokeError()}");
    }

    internal static void Cat(string path)
    {
        Output.Write(Libc.StandardOutput, File.ReadAllBytes(path));
        Output.Write(Libc.StandardOutput, "\n"u8);
    }

    /// <summary>Reads a file to its end and prints <c>read PATH: N bytes</c>.</summary>
    internal static void Read(string path) => Output.WriteLine($"read {path}: {File.ReadAllBytes(path).Length} bytes");

    internal static void Inspect() => Output.Write(Libc.StandardOutput, InspectionText.Format(Inspection.Take()));

    internal static void InspectJson() => Output.Write(Libc.StandardOutput, InspectionJson.Format(Inspection.Take()));

    /// <summary>Prints <c>mknod PATH: errno N</c>; 0 is success.</summary>
    internal static void MakeNode(string path, char type, int major, int minor)
    {
        uint mode = (type == 'b' ? 0x6000u : 0x2000u) | 0x1B6u; // S_IFBLK or S_IFCHR, 0666
        int result = Native.mknodat(Native.AT_FDCWD, path, mode, ((ulong)major << 8) | (uint)minor);
        Output.WriteLine($"mknod {path}: errno {Native.ErrnoOf(result)}");
    }

    /// <summary>Prints <c>open w PATH: errno N</c> for each; 0 is success.</summary>
    internal static void Open(char mode, string[] paths)
    {
        int flags = mode switch { 'w' => Native.O_WRONLY, 'p' => Native.O_PATH, _ => Native.O_RDONLY };
        foreach (string path in paths)
        {
            int fd = Native.open(path, flags | Native.O_NONBLOCK | Native.O_CLOEXEC);
            Output.WriteLine($"open {mode} {path}: errno {Native.ErrnoOf(fd)}");
            _ = fd < 0 ? 0 : Native.close(fd);
        }
    }

    internal static void PrintEnvironment()
    {
        foreach ((string name, string value) in Variables())
            Output.WriteLine($"{name}={value}");
    }

    /// <summary>Lists the environment, sorted by name.</summary>
    internal static IEnumerable<(string Name, string Value)> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(static entry => ((string)entry.Key, (string?)entry.Value ?? ""))
            .OrderBy(static entry => entry.Item1, StringComparer.Ordinal);

    /// <summary>Forks. The child has one thread and does nothing but wait, so the runtime's state does not matter to it.</summary>
    internal static void ForkChild()
    {
        int child = Native.Check(Native.fork(), "fork");
        if (child == 0)
            Libc.WaitForSignal();
        Output.WriteLine($"child: {child}");
    }

    /// <summary>Becomes another program.</summary>
    internal static void Execute(string[] arguments)
    {
        byte** argv = stackalloc byte*[arguments.Length + 1];
        for (int i = 0; i < arguments.Length; i++)
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        argv[arguments.Length] = null;
        byte* environment = null;
        Native.Check(Native.execve(argv[0], argv, &environment), "execve", arguments[0]);
    }

    internal static void SetHostName(string name)
    {
        int result = Native.sethostname(name, (nuint)name.Length);
        int error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        Output.WriteLine($"host name: {Environment.MachineName}, errno {error}");
    }

    /// <summary>Makes a segment of shared memory and a message queue under fixed keys, and prints how many there are (sysvipc(7)).</summary>
    internal static void MakeIpc()
    {
        const int Key = 0x4e53;
        const int CreateNew = 0x600 | 0x180; // IPC_CREAT, IPC_EXCL, and the mode 0600
        Native.Check(Native.shmget(Key, 4096, CreateNew), "shmget");
        Native.Check(Native.msgget(Key, CreateNew), "msgget");
        Output.WriteLine($"segments: {File.ReadLines("/proc/sysvipc/shm").Count() - 1}, queues: {File.ReadLines("/proc/sysvipc/msg").Count() - 1}");
    }

    /// <summary>Prints the id of the session keyring (keyctl(2), KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING).</summary>
    internal static void PrintKeyring()
    {
        nint id = Native.syscall(Native.KeyctlNumber, 0, -3);
        Output.WriteLine($"keyring: {(id < 0 ? -1 : id)}, errno {(id < 0 ? Marshal.GetLastPInvokeError() : 0)}");
    }

    /// <summary>Asks for one descriptor more than the hard limit allows.</summary>
    internal static void RaiseLimit()
    {
        ulong* limit = stackalloc ulong[2];
        Native.Check(Native.getrlimit(Native.RLIMIT_NOFILE, limit), "getrlimit", "nofile");
        ulong hard = limit[1];
        limit[1]++;
        int result = Native.setrlimit(Native.RLIMIT_NOFILE, limit);
        Output.WriteLine($"hard limit {hard} raised: errno {(result < 0 ? Marshal.GetLastPInvokeError() : 0)}");
    }

    internal static void ReadLink(string path) => Output.WriteLine(LinkTarget(path));

    /// <summary>Reads a symbolic link, including those of /proc whose targets are no paths.</summary>
    internal static string LinkTarget(string path) =>
        new FileInfo(path).LinkTarget ?? throw new CommandException($"readlink {path}: no symbolic link");

    internal static void PrintSocketOption(string name)
    {
        int value = 0;
        int length = sizeof(int);
        Native.Check(
            Native.getsockopt(InheritedSocket(name), Native.SOL_SOCKET, Native.SO_PASSCRED, &value, &length), "getsockopt", name);
        Output.WriteLine($"SO_PASSCRED {name}: {value}");
    }

    /// <summary>Finds the descriptor of one of the manifest's sockets.</summary>
    internal static int InheritedSocket(string name)
    {
        string variable = $"NORTHSTAR_SOCKET_{name}";
        string? value = Environment.GetEnvironmentVariable(variable);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
            ? descriptor
            : throw new CommandException($"{variable} is not set to a descriptor");
    }

    /// <summary>Prints mode, owner and type of a file; symbolic links are not followed.</summary>
    internal static void Stat(string path)
    {
        Native.StatxBuffer buffer;
        Native.Check(
            Native.statx(Native.AT_FDCWD, path, Native.AT_SYMLINK_NOFOLLOW, Native.STATX_BASIC_STATS, &buffer), "stat", path);
        string type = (buffer.Mode >> 12) switch
        {
            1 => "fifo",
            2 => "character device",
            4 => "directory",
            6 => "block device",
            8 => "file",
            10 => "symbolic link",
            12 => "socket",
            var other => $"type {other}",
        };
        string mode = Convert.ToString(buffer.Mode & 0xfff, 8).PadLeft(4, '0');
        Output.WriteLine($"{path}: mode {mode}, uid {buffer.Uid}, gid {buffer.Gid}, {type}");
    }
}
