// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Keeps the runtime's own memory to itself.</summary>
internal static class ProcessProtection
{
    /// <summary>Makes the process not dumpable if the options say so, and reads that back.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    internal static void Apply(RuntimeOptions options)
    {
        if (options.ProtectProcess && (Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || Sys.prctl(Sys.PR_GET_DUMPABLE, 0, 0, 0, 0) != 0))
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "prctl", "PR_SET_DUMPABLE");
        }
    }
}
