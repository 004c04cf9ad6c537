// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>The effective capabilities of this process (capabilities(7)).</summary>
internal static unsafe class CapabilitySet
{
    /// <summary>Returns whether a capability, by its number, is effective.</summary>
    internal static bool Has(int number)
    {
        var header = new Sys.cap_user_header { version = Sys._LINUX_CAPABILITY_VERSION_3 };
        var data = default(Sys.cap_user_data);
        if (Sys.capget(&header, &data) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "capget");
        }

        ulong effective = ((ulong)data.effective_high << 32) | data.effective_low;
        return (effective >> number & 1) != 0;
    }
}
