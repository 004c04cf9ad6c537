// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Ids and capability sets (credentials(7), capabilities(7)). Each step is read back.</summary>
internal static unsafe class Privileges
{
    private const int MaxCapability = 63;

    /// <summary>More groups than this are counted only.</summary>
    private const uint MaxComparedGroups = 64;

    /// <summary>Makes the supplementary groups exactly <paramref name="groups"/>, and real, effective and saved gid <paramref name="gid"/>.</summary>
    internal static void SetGroups(uint gid, uint count, uint* groups, LaunchStage stage)
    {
        Failure.Check(Sys.setgroups(count, groups), stage);
        uint* found = stackalloc uint[(int)Math.Min(count, MaxComparedGroups) + 1];
        Failure.Verify(Sys.getgroups(0, null) == (int)count, stage, "groups, read back\0"u8);
        if (count is > 0 and <= MaxComparedGroups)
        {
            bool isRead = Sys.getgroups((int)count, found) == (int)count;
            for (uint i = 0; isRead && i < count; i++)
            {
                isRead = new ReadOnlySpan<uint>(found, (int)count).Contains(groups[i]);
            }

            Failure.Verify(isRead, stage, "groups, read back\0"u8);
        }

        uint real, effective, saved;
        Failure.Check(Sys.setresgid(gid), stage);
        bool holds = Sys.getresgid(&real, &effective, &saved) == 0 && real == gid && effective == gid && saved == gid;
        Failure.Verify(holds, stage, "gid, read back\0"u8);
    }

    /// <summary>Makes real, effective and saved uid <paramref name="uid"/>.</summary>
    internal static void SetUid(uint uid, LaunchStage stage)
    {
        uint real, effective, saved;
        Failure.Check(Sys.setresuid(uid), stage);
        bool holds = Sys.getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid && saved == uid;
        Failure.Verify(holds, stage, "uid, read back\0"u8);
    }

    /// <summary>
    /// Takes the meaning from uid 0 for good: no program gets capabilities because of it, and nobody inside changes the rules. Needs
    /// CAP_SETPCAP, so it comes before the change of uid. <paramref name="keep"/>: permitted capabilities survive that change, until execve.
    /// </summary>
    internal static void LockSecureBits(bool keep, LaunchStage stage)
    {
        const int Locked = Sys.SECBIT_NOROOT | Sys.SECBIT_NOROOT_LOCKED | Sys.SECBIT_NO_SETUID_FIXUP_LOCKED | Sys.SECBIT_KEEP_CAPS_LOCKED;

        // What the runtime itself was locked into stays.
        int bits = Sys.prctl(Sys.PR_GET_SECUREBITS, 0, 0, 0, 0) | Locked | (keep ? Sys.SECBIT_KEEP_CAPS : 0);
        Failure.Check(Sys.prctl(Sys.PR_SET_SECUREBITS, bits, 0, 0, 0), stage);
        Failure.Verify(Sys.prctl(Sys.PR_GET_SECUREBITS, 0, 0, 0, 0) == bits, stage, "securebits, read back\0"u8);
    }

    /// <summary>Sets no_new_privs.</summary>
    internal static void ForbidNewPrivileges(LaunchStage stage)
    {
        Failure.Check(Sys.prctl(Sys.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), stage);
        Failure.Verify(Sys.prctl(Sys.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, stage, "no_new_privs, read back\0"u8);
    }

    /// <summary>Removes everything but <paramref name="keep"/> from the bounding set, as far as the kernel knows capabilities.</summary>
    internal static void DropBoundingSet(ulong keep)
    {
        Failure.Enter(LaunchStage.Capabilities);
        for (int i = 0; i <= MaxCapability; i++)
        {
            bool isKept = (keep >> i & 1) != 0;
            if (!isKept && Sys.prctl(Sys.PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            {
                if (Marshal.GetLastPInvokeError() == (int)Errno.EINVAL)
                {
                    return; // past the last one that this kernel knows
                }

                Failure.Check(-1, LaunchStage.Capabilities);
            }

            Failure.Verify(Sys.prctl(Sys.PR_CAPBSET_READ, i, 0, 0, 0) == (isKept ? 1 : 0), LaunchStage.Capabilities, "bounding set, read back\0"u8);
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
        Sys.cap_user_data found;
        Failure.Check(Sys.capset(&header, &data), LaunchStage.Capabilities);
        bool holds = Sys.capget(&header, &found) == 0
            && new ReadOnlySpan<byte>(&found, sizeof(Sys.cap_user_data)).SequenceEqual(new ReadOnlySpan<byte>(&data, sizeof(Sys.cap_user_data)));
        Failure.Verify(holds, LaunchStage.Capabilities, "capabilities, read back\0"u8);

        // The kernel keeps the ambient set within permitted and inheritable, so nothing else can be left in it.
        Failure.Check(Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), LaunchStage.Capabilities);
        for (int i = 0; capabilities >> i != 0 && i <= MaxCapability; i++)
        {
            if ((capabilities >> i & 1) != 0)
            {
                Failure.Check(Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_RAISE, i, 0, 0), LaunchStage.Capabilities);
                bool isRaised = Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1;
                Failure.Verify(isRaised, LaunchStage.Capabilities, "ambient set, read back\0"u8);
            }
        }
    }
}
