// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Support;

/// <summary>A small file system over a directory of a test, for storage that is full or cannot be written.</summary>
internal sealed class Tmpfs : IDisposable
{
    private readonly string _path;

    private Tmpfs(string path) => _path = path;

    /// <summary>Mounts over a directory. Stop everything that uses the directory before disposing.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="size">The size, as mount(8) takes it.</param>
    /// <param name="from">Files that it shall hold, or null.</param>
    /// <param name="readOnly">Whether it refuses changes.</param>
    internal static Tmpfs Mount(string path, string size, string? from = null, bool readOnly = false)
    {
        (string Name, byte[] Bytes)[] files = from is null ? [] : [.. Directory.EnumerateFiles(from).Select(static f => (Path.GetFileName(f), File.ReadAllBytes(f)))];
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "none", path);
        var mounted = new Tmpfs(path);
        foreach ((string name, byte[] bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(path, name), bytes);
        }

        if (readOnly)
        {
            Run("mount", "-o", "remount,ro", path);
        }

        return mounted;
    }

    /// <summary>Unmounts. Lazily, so that a test which failed does not fail once more here.</summary>
    public void Dispose() => Run("umount", "-l", _path);

    private static void Run(string program, params string[] arguments)
    {
        (int code, string output) = Tool.Run(program, arguments);
        Assert.That(code, Is.Zero, output);
    }
}
