// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The file operations on cgroups: each value is one write, as the kernel wants it. Tests put a folder of their own behind it.</summary>
internal unsafe class CgroupFileSystem
{
    private const uint DirectoryMode = 0x1ED; // 0755

    /// <summary>Makes a group, unless it is there.</summary>
    /// <returns>Whether it was made.</returns>
    internal virtual bool MakeDirectory(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (Sys.mkdirat(Sys.AT_FDCWD, name, DirectoryMode) == 0)
                return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        if (errno != (int)Errno.EEXIST)
            throw new LinuxException(errno, "mkdir", path);
        return Directory.Exists(path) ? false : throw new LinuxException((int)Errno.ENOTDIR, "mkdir", path);
    }

    /// <summary>Removes a group that has neither processes nor groups below; one that is gone already is fine.</summary>
    internal virtual void RemoveDirectory(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (Sys.rmdir(name) < 0 && Marshal.GetLastPInvokeError() is var errno and not (int)Errno.ENOENT)
                throw new LinuxException(errno, "rmdir", path);
        }
    }

    /// <summary>Writes a control file.</summary>
    internal virtual void Write(string directory, string file, string text)
    {
        string path = Path.Combine(directory, file);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        using SafeFd descriptor = Descriptors.Open(path, Sys.O_WRONLY);
        using var fd = new Borrow(descriptor);
        fixed (byte* data = bytes)
        {
            if (Sys.write(fd.Fd, data, (nuint)bytes.Length) < 0)
                throw new LinuxException(Marshal.GetLastPInvokeError(), "write", path, text);
        }
    }

    /// <summary>Opens a control file.</summary>
    internal virtual SafeFd Open(string directory, string file, int flags) => Descriptors.Open(Path.Combine(directory, file), flags);

    /// <summary>Reads a control file; what cannot be read is empty.</summary>
    internal virtual string Read(string directory, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Tells whether a control file exists.</summary>
    internal virtual bool Has(string directory, string file) => File.Exists(Path.Combine(directory, file));

    /// <summary>Returns why groups of version 2 cannot filter devices, or null.</summary>
    internal virtual string? WhyNoDeviceFilter() => V2.DeviceFilter.WhyMissing();

    /// <summary>Lets the processes of a group of version 2 use these devices alone.</summary>
    internal virtual void FilterDevices(string directory, IEnumerable<DeviceGrant> grants) => V2.DeviceFilter.Attach(directory, V2.DeviceProgram.Compile(grants));

    /// <summary>Lists the groups directly below a group.</summary>
    internal virtual IReadOnlyList<string> Children(string directory) => Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
}
