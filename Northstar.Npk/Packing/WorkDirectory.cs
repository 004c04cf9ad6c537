// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Packing;

/// <summary>A directory that goes away with everything in it, unless it is kept.</summary>
internal sealed class WorkDirectory(string path) : IDisposable
{
    private bool _keep;

    internal string Path { get; } = path;

    internal void Keep() => _keep = true;

    /// <summary>Removes the directory. A tree from an image may have directories that their owner cannot write.</summary>
    public void Dispose()
    {
        if (_keep || !Directory.Exists(Path))
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && !Environment.IsPrivilegedProcess)
        {
            Open(new DirectoryInfo(Path));
        }

        Directory.Delete(Path, recursive: true);
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void Open(DirectoryInfo directory)
    {
        directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (DirectoryInfo child in directory.EnumerateDirectories().Where(static child => child.LinkTarget is null))
        {
            Open(child);
        }
    }
}
