// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Launch;

/// <summary>Starts northstar-init as the launcher, from a sealed copy in memory, so that no container can reach a file of the host through <c>/proc/*/exe</c>.</summary>
internal static class LauncherProcess
{
    /// <summary>Starts the launcher and returns its process id. <paramref name="socket"/> is its end of the pair; <paramref name="failErrno"/> other than 0 makes it fail, for tests.</summary>
    internal static int Start(string initPath, SafeHandle socket, int failErrno)
    {
        using SafeFd program = SealedCopy(initPath);
        using SafeFd nothing = Descriptors.Open("/dev/null", Sys.O_RDWR);
        using var programFd = new Borrow(program);
        return InitSpawn.Start(
            $"/proc/self/fd/{programFd.Fd}", initPath, failErrno == 0 ? [] : [failErrno.ToString(CultureInfo.InvariantCulture)], nothing, nothing, nothing, socket);
    }

    private static SafeFd SealedCopy(string path)
    {
        SafeFd memfd = Descriptors.NewMemfd("northstar-init");
        try
        {
            using (SafeFileHandle source = File.OpenHandle(path))
            using (var target = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false))
            {
                Copy(source, target);
            }

            Descriptors.Seal(memfd);

            // The copy that is executed must not be open for writing (execve(2), ETXTBSY).
            return Descriptors.ReopenReadOnly(memfd);
        }
        finally
        {
            memfd.Dispose();
        }
    }

    private static void Copy(SafeFileHandle source, SafeFileHandle target)
    {
        Span<byte> piece = stackalloc byte[32 * 1024];
        long done = 0;
        int count;
        while ((count = RandomAccess.Read(source, piece, done)) > 0)
        {
            RandomAccess.Write(target, piece[..count], done);
            done += count;
        }
    }
}
