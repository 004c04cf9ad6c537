// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The file operations on cgroups: each value is one write, as the kernel wants it. Tests put a folder of their own behind it.</summary>
internal class CgroupFileSystem
{
    /// <summary>Makes a group, unless it is there.</summary>
    /// <returns>Whether it was made.</returns>
    internal virtual bool MakeDirectory(string path)
    {
        if (Directory.Exists(path))
            return false;
        Directory.CreateDirectory(path);
        return true;
    }

    /// <summary>Removes a group that has neither processes nor groups below; one that is gone already is fine.</summary>
    internal virtual void RemoveDirectory(string path)
    {
        try
        {
            Directory.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }

    /// <summary>Writes a control file.</summary>
    internal virtual void Write(string directory, string file, string text)
    {
        using SafeFileHandle handle = File.OpenHandle(Path.Combine(directory, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes(text), 0);
    }

    /// <summary>Opens the file through which a process joins, for the process itself to write 0.</summary>
    internal virtual SafeFileHandle OpenJoin(string directory, string file) =>
        File.OpenHandle(Path.Combine(directory, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

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

    /// <summary>Reads a control file that holds one number.</summary>
    /// <returns>The number, or null when there is none; the word <c>max</c> is -1.</returns>
    internal long? ReadNumber(string directory, string file)
    {
        string text = Read(directory, file).Trim();
        if (text == "max")
            return -1;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            return (long)Math.Min(number, long.MaxValue);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long negative) ? negative : null;
    }

    /// <summary>Tells whether a control file exists.</summary>
    internal virtual bool Has(string directory, string file) => File.Exists(Path.Combine(directory, file));

    /// <summary>Lists the groups directly below a group.</summary>
    internal virtual IReadOnlyList<string> Children(string directory) => Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
}
