// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The sections of a manifest.</summary>
internal sealed partial class ManifestRenderer
{
    private void RenderConsole(Permissions permissions)
    {
        if (permissions == Permissions.Full)
        {
            Text("permissions", "full");
        }
        else
        {
            List("permissions", [.. PermissionNames.Of(permissions)], _sink.Text, always: true);
        }
    }

    private void RenderSched(SchedulingPolicy policy)
    {
        _sink.Key("policy");
        switch (policy)
        {
            case SchedulingPolicy.Other other:
                RenderVariant("other", () => Number("nice", other.Nice));
                break;
            case SchedulingPolicy.Batch batch:
                RenderVariant("batch", () => Number("nice", batch.Nice));
                break;
            case SchedulingPolicy.Fifo fifo:
                RenderVariant("fifo", () => Number("priority", fifo.Priority));
                break;
            case SchedulingPolicy.RoundRobin roundRobin:
                RenderVariant("round_robin", () => Number("priority", roundRobin.Priority));
                break;
            default:
                _sink.Text(policy is SchedulingPolicy.Idle ? "idle" : "deadline");
                break;
        }
    }

    private void RenderVariant(string name, Action renderMembers)
    {
        _sink.BeginVariant(name);
        _sink.BeginObject();
        renderMembers();
        _sink.EndObject();
        _sink.EndVariant();
    }

    private void RenderMount(Mount mount)
    {
        _sink.BeginObject();
        Text("type", TypeOf(mount));
        switch (mount)
        {
            case Mount.Bind bind:
                Text("host", bind.Host);
                RenderOptions(bind.Options);
                break;
            case Mount.Resource resource:
                Text("name", resource.Name.ToString());
                Text("version", resource.Requirement.ToString());
                Text("dir", resource.Directory);
                RenderOptions(resource.Options);
                break;
            case Mount.Tmpfs tmpfs:
                Number("size", tmpfs.SizeBytes);
                break;
        }

        _sink.EndObject();
    }

    private static string TypeOf(Mount mount) => mount switch
    {
        Mount.Bind => "bind",
        Mount.Dev => "dev",
        Mount.Persist => "persist",
        Mount.Proc => "proc",
        Mount.Resource => "resource",
        Mount.Sockets => "sockets",
        Mount.Sysfs => "sysfs",
        _ => "tmpfs",
    };

    private void RenderOptions(MountOptions options)
    {
        if (options != MountOptions.None)
        {
            Text("options", string.Join(',', Array.ConvertAll(Array.FindAll(ManifestWords.MountOptions, o => options.HasFlag(o.Option)), static o => o.Word)));
        }
    }

    private void RenderNetwork(Network? network)
    {
        if (network is Network.Host)
        {
            Text("network", "host");
        }
        else if (network is Network.Namespace named)
        {
            _sink.Key("network");
            _sink.BeginVariant("namespace");
            _sink.Text(named.Name);
            _sink.EndVariant();
        }
    }

    private void RenderSeccomp(Seccomp seccomp)
    {
        Text("profile", seccomp.UsesDefaultProfile ? "default" : null);
        if (seccomp.Allow is not null)
        {
            Map("allow", seccomp.Allow, RenderRule, always: true);
        }
    }

    private void RenderRule(SeccompRule rule)
    {
        if (rule is not SeccompRule.Args args)
        {
            _sink.Text("any");
            return;
        }

        RenderVariant("args", () =>
        {
            Number("index", args.Index);
            if (args.Values is not null)
            {
                List("values", args.Values, value => _sink.Number(value.ToString()), always: true);
            }

            Number("mask", args.Mask);
        });
    }

    private void RenderSelinux(Selinux selinux)
    {
        TextOrNull("mount_context", selinux.MountContext);
        TextOrNull("exec", selinux.Exec);
    }

    private void TextOrNull(string key, string? text)
    {
        _sink.Key(key);
        if (text is null)
        {
            _sink.Null();
        }
        else
        {
            _sink.Text(text);
        }
    }

    private void RenderRlimit(Rlimit limit)
    {
        _sink.BeginObject();
        NumberOrNull("soft", limit.Soft);
        NumberOrNull("hard", limit.Hard);
        _sink.EndObject();
    }

    private void NumberOrNull(string key, ulong? number)
    {
        _sink.Key(key);
        if (number is { } given)
        {
            _sink.Number(given.ToString());
        }
        else
        {
            _sink.Null();
        }
    }

    private void RenderSocket(ContainerSocket socket)
    {
        _sink.BeginObject();
        Text("type", ManifestWords.SocketKind[socket.Type]);
        Number("mode", socket.Mode);
        Number("uid", socket.Uid);
        Number("gid", socket.Gid);
        Boolean("passcred", socket.PassCred);
        _sink.EndObject();
    }

    private void RenderIo(StandardStreams io)
    {
        Text("stdout", ManifestWords.OutputMode[io.Stdout]);
        Text("stderr", ManifestWords.OutputMode[io.Stderr]);
    }

    private void RenderCgroups(CgroupSettings cgroups)
    {
        Text("parent", cgroups.Parent);
        Object("blkio", cgroups.Blkio, RenderBlkio);
        Object("cpu", cgroups.Cpu, RenderCpu);
        Object("memory", cgroups.Memory, RenderMemory);
    }

    private void RenderCpu(CpuSettings cpu)
    {
        Text("cpus", cpu.Cpus);
        Text("mems", cpu.Mems);
        Number("shares", cpu.Shares);
        Number("quota", cpu.Quota);
        Number("period", cpu.Period);
        Number("realtime_runtime", cpu.RealtimeRuntime);
        Number("realtime_period", cpu.RealtimePeriod);
        TextMap("attrs", cpu.Attrs);
    }

    private void RenderMemory(MemorySettings memory)
    {
        Boolean("oom_monitor", memory.OomMonitor);
        Number("kernel_memory_limit", memory.KernelMemoryLimit);
        Number("memory_hard_limit", memory.HardLimit);
        Number("memory_soft_limit", memory.SoftLimit);
        Number("kernel_tcp_memory_limit", memory.KernelTcpMemoryLimit);
        Number("memory_swap_limit", memory.SwapLimit);
        Number("swappiness", memory.Swappiness);
        TextMap("attrs", memory.Attrs);
    }

    private void RenderBlkio(BlkioSettings blkio)
    {
        Number("weight", blkio.Weight);
        Number("leaf_weight", blkio.LeafWeight);
        List("weight_device", blkio.WeightDevice, RenderWeight, always: true);
        List("throttle_read_bps_device", blkio.ThrottleReadBps, RenderThrottle, always: true);
        List("throttle_read_iops_device", blkio.ThrottleReadIops, RenderThrottle, always: true);
        List("throttle_write_bps_device", blkio.ThrottleWriteBps, RenderThrottle, always: true);
        List("throttle_write_iops_device", blkio.ThrottleWriteIops, RenderThrottle, always: true);
        TextMap("attrs", blkio.Attrs);
    }

    private void RenderWeight(WeightDevice device)
    {
        _sink.BeginObject();
        Number("major", device.Major);
        Number("minor", device.Minor);
        Number("weight", device.Weight);
        Number("leaf_weight", device.LeafWeight);
        _sink.EndObject();
    }

    private void RenderThrottle(ThrottleDevice device)
    {
        _sink.BeginObject();
        Number("major", device.Major);
        Number("minor", device.Minor);
        Number("rate", device.Rate);
        _sink.EndObject();
    }
}
