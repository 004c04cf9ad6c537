// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>What is hidden in proc and sysfs.</summary>
internal sealed class MaskedPathTests
{
    /// <summary>Also what this kernel does not have: a module may bring it tomorrow.</summary>
    [Test]
    public void H36_Paths_AreThoseOfEveryKernelBelowEachMount()
    {
        Manifest manifest = ManifestReader.Parse(
            "name: n\nversion: 1.0.0\ninit: /i\nuid: 1\ngid: 1\nmounts: {/proc: {type: proc}, /host/sys: {type: sysfs}, /tmp: {type: tmpfs, size: 1M}}\n"u8);
        string[] expected =
        [
            "/proc/acpi/", "/proc/asound/", "/proc/interrupts", "/proc/kcore", "/proc/key-users", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
            "/proc/scsi/", "/proc/timer_list", "/proc/timer_stats", "/host/sys/firmware/", "/host/sys/devices/virtual/powercap/", "/host/sys/kernel/debug/",
        ];
        Assert.That(MountPlanner.MaskedPaths(manifest), Is.EquivalentTo(expected));
    }
}
