// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;

namespace Northstar.Runtime.Launch;

/// <summary>Carries a plan that is too large for a packet.</summary>
internal static class PlanMemfd
{
    /// <summary>Writes the plan; the reader starts at the beginning, since it reads through a descriptor that was never moved.</summary>
    internal static SafeFd Write(ReadOnlySpan<byte> plan)
    {
        SafeFd memfd = Descriptors.NewMemfd("northstar-plan");
        using var file = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false);
        RandomAccess.Write(file, plan, 0);
        return memfd;
    }
}
