// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Engine;

/// <summary>
/// Directories that belong to the runtime alone: what lies in them, set-id programs and data of containers, is out of reach of the
/// host's users (CVE-2021-41091). No symbolic link leads to them, and their owner is the user of the runtime.
/// </summary>
internal static unsafe class PrivateDirectory
{
    /// <summary>Only the runtime: 0700.</summary>
    internal const uint Private = 0x1C0;

    /// <summary>Others reach what they know the name of, but cannot list it: 0711.</summary>
    internal const uint Passable = 0x1C9;

    private const uint Others = 0x3F; // 0077
    private const uint Permissions = 0xFFF;

    /// <summary>Directories that the whole system uses: their mode is never changed.</summary>
    private static readonly string[] s_system =
        ["/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/root", "/run", "/sbin", "/srv", "/tmp", "/usr", "/usr/local", "/var", "/var/lib", "/var/run", "/var/tmp"];

    /// <summary>Returns why a directory that exists cannot be the runtime's own, or null.</summary>
    internal static string? FindProblem(string key, string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Array.IndexOf(s_system, full) >= 0)
        {
            return $"{key} {path} belongs to the whole system; name a directory below it that is the runtime's own";
        }

        if (FindLink(full) is { } link)
        {
            return $"{key} {path} leads through the symbolic link {link}; name the directory itself: {Resolve(full)}";
        }

        using SafeFd directory = Open(full);
        uint owner = Status(directory, full).stx_uid, own = Sys.geteuid();
        return owner == own ? null : $"{key} {path} belongs to uid {owner}, and the runtime is uid {own}; give it to the runtime with chown";
    }

    /// <summary>Opens a directory without following a link and takes from others what they may not do with it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode"><see cref="Private"/> or <see cref="Passable"/>.</param>
    /// <param name="previous">The mode that let others do more, or null.</param>
    /// <exception cref="LinuxException">It cannot be opened, or its mode cannot be changed.</exception>
    internal static SafeFd Take(string path, uint mode, out uint? previous)
    {
        SafeFd directory = Open(Path.GetFullPath(path));
        try
        {
            uint found = Status(directory, path).stx_mode & Permissions;
            bool differs = (found & Others) != (mode & Others);
            previous = (found & Others & ~mode) == 0 ? null : found;
            using var fd = new Borrow(directory);
            if (differs && Sys.fchmod(fd.Fd, (found & ~Others) | mode) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "chmod", path);
            }

            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static SafeFd Open(string path)
    {
        var directory = new SafeFd();
        var how = new Sys.open_how { flags = (ulong)(uint)(Sys.O_RDONLY | Sys.O_DIRECTORY | Sys.O_CLOEXEC), resolve = Sys.RESOLVE_NO_SYMLINKS };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            directory.Take(Sys.openat2(Sys.AT_FDCWD, name, &how), "open", path);
        }

        return directory;
    }

    private static Sys.statx_result Status(SafeFd directory, string path)
    {
        Sys.statx_result status;
        using var fd = new Borrow(directory);
        fixed (byte* empty = "\0"u8)
        {
            return Sys.statx(fd.Fd, empty, Sys.AT_EMPTY_PATH, Sys.STATX_TYPE | Sys.STATX_MODE | Sys.STATX_UID, &status) == 0
                ? status
                : throw new LinuxException(Marshal.GetLastPInvokeError(), "statx", path);
        }
    }

    private static string? FindLink(string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Enumerable.Range(1, names.Length).Select(count => "/" + string.Join('/', names.Take(count)))
            .FirstOrDefault(static part => new DirectoryInfo(part).LinkTarget is not null);
    }

    private static string Resolve(string path)
    {
        // Component by component: the framework resolves the last one only.
        string resolved = "/";
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(resolved, name);
            resolved = new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }

        return resolved;
    }
}
