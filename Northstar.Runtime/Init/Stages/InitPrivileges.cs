// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>After the payload was forked init needs nothing any more: it takes the container's ids, loses every capability and closes what it does not use.</summary>
internal static unsafe class InitPrivileges
{
    internal static void Drop(ref PlanReader plan)
    {
        Failure.Enter(LaunchStage.DropInit);
        uint uid = plan.Number();
        uint gid = plan.Number();
        Privileges.SetGroups(gid, 0, null, LaunchStage.DropInit);
        Privileges.LockSecureBits(keep: false, LaunchStage.DropInit);
        Privileges.SetUid(uid, LaunchStage.DropInit);
        Privileges.SetCapabilities(0);
        Privileges.ForbidNewPrivileges(LaunchStage.DropInit);
        Failure.Check(Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0), LaunchStage.DropInit);
        Failure.Verify(Sys.prctl(Sys.PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, LaunchStage.DropInit, "dumpable, read back\0"u8);
    }

    /// <summary>Closes every descriptor but two.</summary>
    internal static void Close(int control, int pipe)
    {
        uint low = (uint)Math.Min(control, pipe);
        uint high = (uint)Math.Max(control, pipe);
        _ = low > 0 ? Sys.close_range(0, low - 1, 0) : 0;
        _ = high > low + 1 ? Sys.close_range(low + 1, high - 1, 0) : 0;
        _ = Sys.close_range(high + 1, uint.MaxValue, 0);
    }
}
