// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Capability sets (capabilities(7)).</summary>
internal static unsafe class Privileges
{
    private const int MaxCapability = 63;

    /// <summary>Removes everything but <paramref name="keep"/> from the bounding set, as far as the kernel knows capabilities.</summary>
    internal static void DropBoundingSet(ulong keep)
    {
        Failure.Enter(LaunchStage.Capabilities);
        for (int i = 0; i <= MaxCapability; i++)
        {
            if ((keep >> i & 1) != 0)
            {
                continue;
            }

            if (Sys.prctl(Sys.PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            {
                if (Marshal.GetLastPInvokeError() == (int)Errno.EINVAL)
                {
                    return; // past the last one that this kernel knows
                }

                Failure.Check(-1, LaunchStage.Capabilities);
            }
        }
    }

    /// <summary>Makes the effective, permitted, inheritable and ambient sets exactly <paramref name="capabilities"/>.</summary>
    internal static void SetCapabilities(ulong capabilities)
    {
        var header = new Sys.cap_user_header { version = Sys._LINUX_CAPABILITY_VERSION_3 };
        uint low = (uint)capabilities;
        uint high = (uint)(capabilities >> 32);
        var data = new Sys.cap_user_data
        {
            effective_low = low, permitted_low = low, inheritable_low = low,
            effective_high = high, permitted_high = high, inheritable_high = high,
        };
        Failure.Check(Sys.capset(&header, &data), LaunchStage.Capabilities);
        Failure.Check(Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), LaunchStage.Capabilities);
        for (int i = 0; capabilities >> i != 0 && i <= MaxCapability; i++)
        {
            if ((capabilities >> i & 1) != 0)
            {
                Failure.Check(Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_RAISE, i, 0, 0), LaunchStage.Capabilities);
            }
        }

        Failure.Check(Sys.prctl(Sys.PR_SET_KEEPCAPS, 0, 0, 0, 0), LaunchStage.Capabilities);
    }
}
