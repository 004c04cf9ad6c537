// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Scripts that stand in for mksquashfs and unsquashfs.</summary>
internal static class FakeTool
{
    /// <summary>Writes a script.</summary>
    internal static string Script(TestFolder folder, string name, string body)
    {
        string path = folder.Write(name, Encoding.UTF8.GetBytes($"#!/bin/sh\n{body}\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>Writes a script that tells a version and otherwise runs <paramref name="body"/>, in which <c>$2</c> is the image to make.</summary>
    internal static string Versioned(TestFolder folder, string version, string body) =>
        Script(folder, "mksquashfs-" + version, $"if [ \"$1\" = -version ]; then echo 'mksquashfs version {version} (2023/03/25)'; exit 0; fi\n{body}");

    /// <summary>Writes a mksquashfs that makes a fixed image, and keeps what it was given beside itself.</summary>
    internal static string Recording(TestFolder folder, string version)
    {
        string image = folder.Write("fixed.img", TestPackage.Image(3));
        return Versioned(folder, version, $"""
            /bin/cat "/proc/$$/environ" > '{folder["environment"]}'
            printf '%s\n' "$@" > '{folder["arguments"]}'
            offset=0
            while [ "$#" -gt 1 ]; do
                [ "$1" = -pf ] && /bin/cp "$2" '{folder["pseudo"]}' && /usr/bin/stat -c '%a %u' "$(/usr/bin/dirname "$2")" > '{folder["directory"]}'
                [ "$1" = -offset ] && offset=$2
                [ -z "$target" ] && target=$2
                shift
            done
            exec /bin/dd if='{image}' of="$target" bs=4096 seek=$((offset / 4096)) conv=notrunc 2> /dev/null
            """);
    }
}
