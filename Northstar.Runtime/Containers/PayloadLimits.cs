// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Containers;

/// <summary>The resource limits (getrlimit(2)) of a program: those of its manifest, and for what it does not name those of the options.</summary>
internal static unsafe class PayloadLimits
{
    /// <summary>Returns the limits to set. A crash writes no memory to a disk, unless somebody says how much it may.</summary>
    /// <exception cref="LinuxException">A soft limit is above the hard one.</exception>
    internal static PlannedRlimit[] Of(Manifest manifest, RuntimeOptions options)
    {
        bool namesCore = manifest.Rlimits.ContainsKey(RlimitResource.Core) || options.DefaultRlimits.ContainsKey(RlimitResource.Core);
        List<PlannedRlimit> limits = namesCore ? [] : [Plan(RlimitResource.Core, 0, 0)];
        foreach ((RlimitResource resource, Rlimit limit) in options.DefaultRlimits)
        {
            if (!manifest.Rlimits.ContainsKey(resource))
            {
                limits.Add(Plan(resource, limit.Soft, limit.Hard));
            }
        }

        foreach ((RlimitResource resource, Rlimit limit) in manifest.Rlimits)
        {
            limits.Add(Plan(resource, limit.Soft, limit.Hard));
        }

        return [.. limits];
    }

    /// <summary>Returns the hard limit that a container has without asking: the default, or that of the runtime itself.</summary>
    internal static ulong Usual(RuntimeOptions options, RlimitResource resource)
    {
        if (options.DefaultRlimits.TryGetValue(resource, out Rlimit? usual))
        {
            return usual.Hard ?? ulong.MaxValue;
        }

        Sys.rlimit64 own;
        return Sys.prlimit64(0, (int)resource, null, &own) == 0
            ? own.hard
            : throw new LinuxException(Marshal.GetLastPInvokeError(), "getrlimit", NameOf(resource));
    }

    /// <summary>Returns the word of manifests for a resource.</summary>
    internal static string NameOf(RlimitResource resource) => resource.ToString().ToLowerInvariant();

    private static PlannedRlimit Plan(RlimitResource resource, ulong? soft, ulong? hard)
    {
        var limit = new PlannedRlimit(NameOf(resource), (int)resource, soft ?? ulong.MaxValue, hard ?? ulong.MaxValue);
        return limit.Soft <= limit.Hard
            ? limit
            : throw new LinuxException((int)Errno.EINVAL, "setrlimit", $"{limit.Name}, soft {soft?.ToString() ?? "unlimited"} above hard {hard}");
    }
}
