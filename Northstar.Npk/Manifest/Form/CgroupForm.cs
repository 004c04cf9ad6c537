// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using static Northstar.Npk.Field;

namespace Northstar.Npk;

/// <summary>The form of the cgroup section: unknown keys are ignored throughout.</summary>
internal static class CgroupForm
{
    private static readonly Shape.Map s_attrs = new(Shape.AnyText);

    internal static readonly Shape.Object Cpu = new(
        "P00", false,
        Optional("cpus", Shape.AnyText),
        Optional("mems", Shape.AnyText),
        Optional("shares", Shape.UInt64),
        Optional("quota", Shape.Int64),
        Optional("period", Shape.UInt64),
        Optional("realtime_runtime", Shape.Int64),
        Optional("realtime_period", Shape.UInt64),
        Optional("attrs", s_attrs));

    internal static readonly Shape.Object Memory = new(
        "P00", false,
        Optional("oom_monitor", Shape.Bool),
        Optional("kernel_memory_limit", Shape.Int64),
        Optional("memory_hard_limit", Shape.Int64),
        Optional("memory_soft_limit", Shape.Int64),
        Optional("kernel_tcp_memory_limit", Shape.Int64),
        Optional("memory_swap_limit", Shape.Int64),
        Optional("swappiness", Shape.UInt64),
        Optional("attrs", s_attrs));

    internal static readonly Shape.Object WeightDevice = new(
        "P00", false, Required("major", Shape.UInt64), Required("minor", Shape.UInt64), Optional("weight", Shape.UInt16), Optional("leaf_weight", Shape.UInt16));

    internal static readonly Shape.Object ThrottleDevice = new(
        "P00", false, Required("major", Shape.UInt64), Required("minor", Shape.UInt64), Required("rate", Shape.UInt64));

    internal static readonly Shape.Object Blkio = new(
        "P16", false,
        Optional("weight", Shape.UInt16),
        Optional("leaf_weight", Shape.UInt16),
        Required("weight_device", new Shape.List(WeightDevice)),
        Required("throttle_read_bps_device", new Shape.List(ThrottleDevice)),
        Required("throttle_read_iops_device", new Shape.List(ThrottleDevice)),
        Required("throttle_write_bps_device", new Shape.List(ThrottleDevice)),
        Required("throttle_write_iops_device", new Shape.List(ThrottleDevice)),
        Optional("attrs", s_attrs));

    internal static readonly Shape.Object Cgroups = new(
        "P00", false, Optional("parent", Shape.AnyText), Optional("blkio", Blkio), Optional("cpu", Cpu), Optional("memory", Memory));
}
