// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>
/// Writes files of this process in a procfs of its own that is mounted nowhere: nobody can have put anything over its files, whatever a
/// container or the host did to <c>/proc</c>.
/// </summary>
/// <remarks>A write that was led to another file would leave a container without its label (CVE-2019-16884, CVE-2025-52881).</remarks>
internal static unsafe class OwnProcfs
{
    /// <summary>Writes a text in one call. What cannot be written fails the launch.</summary>
    /// <param name="file">The path below <c>/proc</c>, with a final NUL.</param>
    /// <param name="text">The text.</param>
    /// <param name="stage">The step, for errors.</param>
    internal static void Write(ReadOnlySpan<byte> file, byte* text, LaunchStage stage)
    {
        byte* parameters = stackalloc byte[16];
        "source=proc\0"u8.CopyTo(new Span<byte>(parameters, 16));
        fixed (byte* type = "proc\0"u8, path = file)
        {
            int proc = Failure.Check(
                FileSystem.NewMount(type, parameters, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC), stage, path);
            var how = new Sys.open_how
            {
                flags = (ulong)(uint)(Sys.O_WRONLY | Sys.O_CLOEXEC | Sys.O_NOFOLLOW),
                resolve = Sys.RESOLVE_BENEATH | Sys.RESOLVE_NO_XDEV | Sys.RESOLVE_NO_MAGICLINKS,
            };
            int target = Failure.Check(Sys.openat2(proc, path, &how), stage, path);
            Sys.statfs found;
            Failure.Check(Sys.fstatfs(target, &found), stage, path);
            Failure.Verify(found.f_type == Sys.PROC_SUPER_MAGIC, stage, "a file that is not of procfs\0"u8);

            nint length = 0;
            while (text[length] != 0)
            {
                length++;
            }

            nint written = Sys.write(target, text, (nuint)length);
            Failure.Check((int)written, stage, text);
            Failure.Verify(written == length, stage, file);
            _ = Sys.close(target);
            _ = Sys.close(proc);
        }
    }
}
