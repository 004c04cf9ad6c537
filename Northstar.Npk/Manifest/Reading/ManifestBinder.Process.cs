// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What surrounds the process: console, scheduler, network, seccomp, SELinux, limits, sockets, streams.</summary>
internal sealed partial class ManifestBinder
{
    private Permissions? BindConsole(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Console);
        string field = f.Path("permissions");
        switch (f["permissions"])
        {
            case SequenceNode list:
                return List(list, field, (item, itemField) => Word(item, itemField, "P08", ManifestWords.Permissions))
                    .Aggregate(Permissions.None, (set, permission) => set | permission);
            case not null:
                if (Text(f, "permissions")!.Trim() != "full")
                {
                    Refuse(f, "permissions", "it must be the word 'full' or a list of permissions");
                }

                return Permissions.Full;
            default:
                return null;
        }
    }

    private SchedulingPolicy? BindSched(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Sched);
        string field = f.Path("policy");
        if (f["policy"] is not { } policy || ReadVariant(policy, field, "P09") is not { } variant)
        {
            return null;
        }

        switch (variant.Name)
        {
            case "other":
                return new SchedulingPolicy.Other(Payload<sbyte>(variant, policy, field, "nice"));
            case "batch":
                return new SchedulingPolicy.Batch(Payload<sbyte>(variant, policy, field, "nice"));
            case "fifo":
                return new SchedulingPolicy.Fifo(Payload<uint>(variant, policy, field, "priority"));
            case "round_robin":
                return new SchedulingPolicy.RoundRobin(Payload<uint>(variant, policy, field, "priority"));
            case "idle" or "deadline":
                RefusePayload(variant, policy, field, "P09");
                return variant.Name == "idle" ? new SchedulingPolicy.Idle() : new SchedulingPolicy.Deadline();
            default:
                _found.Error(
                    "P09", policy.Place, field, $"'{variant.Name}' is not known; known are other, batch, fifo, round_robin, idle, deadline");
                return null;
        }
    }

    private T Payload<T>(Variant variant, Node node, string path, string key)
        where T : struct, System.Numerics.INumberBase<T>
    {
        if (variant.Payload is not { } payload)
        {
            _found.Error("P09", node.Place, path, $"'{variant.Name}' needs '{key}'");
            return default;
        }

        return Number<T>(Open(payload, path, key == "nice" ? ManifestForm.Nice : ManifestForm.Priority), key) ?? default;
    }

    private Network? BindNetwork(Node node, string path)
    {
        if (ReadVariant(node, path, "P14") is not { } variant)
        {
            return null;
        }

        switch (variant)
        {
            case { Name: "host" }:
                RefusePayload(variant, node, path, "P14");
                return new Network.Host();
            case { Name: "namespace", Payload: { } payload }:
                return new Network.Namespace(Text(payload, path, "P14"));
            default:
                _found.Error("P14", node.Place, path, "it must be 'host' or the variant 'namespace' with a name");
                return null;
        }
    }

    private Seccomp BindSeccomp(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Seccomp);
        if (f["profile"] is { } given && ReadVariant(given, f.Path("profile"), "P17") is { } profile)
        {
            RefusePayload(profile, given, f.Path("profile"), "P17");
            if (profile.Name != "default")
            {
                _found.Error("P17", given.Place, f.Path("profile"), $"'{profile.Name}' is no profile; the only one is 'default'");
            }
        }

        return new Seccomp(f["profile"] is not null, f["allow"] is { } allow ? Map(allow, f.Path("allow"), lastWins: true, BindRule) : null);
    }

    private SeccompRule BindRule(Node node, string path)
    {
        if (ReadVariant(node, path, "P17") is not { } variant)
        {
            return new SeccompRule.Any();
        }

        if (variant is { Name: "args", Payload: { } payload })
        {
            Fields f = Open(payload, path, ManifestForm.SeccompArgs);
            return new SeccompRule.Args(
                Number<uint>(f, "index") ?? 0,
                f["values"] is { } values ? List(values, f.Path("values"), (item, field) => (ulong)Integer(item, field, "P00", Shape.UInt64)) : null,
                Number<ulong>(f, "mask"));
        }

        RefusePayload(variant, node, path, "P17");
        if (variant.Name != "any")
        {
            _found.Error("P17", node.Place, path, "a rule is the word 'any' or the variant 'args' with 'index', 'values', 'mask'");
        }

        return new SeccompRule.Any();
    }

    private Selinux BindSelinux(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Selinux);
        return new Selinux(Text(f, "mount_context"), Text(f, "exec"));
    }

    private SortedDictionary<RlimitResource, Rlimit> BindRlimits(Node? node)
    {
        var limits = new SortedDictionary<RlimitResource, Rlimit>(
            Comparer<RlimitResource>.Create((x, y) => string.CompareOrdinal(ManifestWords.Rlimit[x], ManifestWords.Rlimit[y])));
        Map(node, "rlimits", lastWins: false, (value, field) =>
        {
            Fields f = Open(value, field, ManifestForm.Rlimit);
            return new Rlimit(Number<ulong>(f, "soft"), Number<ulong>(f, "hard"));
        }).ToList().ForEach(entry =>
        {
            string field = DiagnosticList.Member("rlimits", entry.Key, isData: true);
            if (ManifestWords.Rlimit.TryParse(entry.Key, out RlimitResource resource))
            {
                limits[resource] = entry.Value;
            }
            else
            {
                _found.Error("P14", _found.PlaceOf(field), field, $"'{entry.Key}' is not known; known are {ManifestWords.Rlimit}");
            }
        });
        return limits;
    }

    private ContainerSocket BindSocket(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Socket);
        return new ContainerSocket(
            Word(f, "type", ManifestWords.SocketKind),
            Number<uint>(f, "mode") ?? 0,
            Number<uint>(f, "uid"),
            Number<uint>(f, "gid"),
            Boolean(f, "passcred"));
    }

    private StandardStreams BindIo(Node node, string path)
    {
        Fields f = Open(node, path, ManifestForm.Io);
        return new StandardStreams(Word(f, "stdout", ManifestWords.OutputMode), Word(f, "stderr", ManifestWords.OutputMode));
    }
}
