// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What surrounds the process: console, scheduler, network, seccomp, SELinux, limits, sockets, streams.</summary>
internal sealed partial class ManifestBinder
{
    private Permissions? BindConsole(Node node, string path)
    {
        Fields f = Open(node, path, "P08", strict: true, "permissions");
        string field = f.Path("permissions");
        switch (Required(f, "permissions", "P08"))
        {
            case SequenceNode list:
                return List(list, field, (item, itemField) => Word(item, itemField, "P08", ManifestWords.Permissions))
                    .Aggregate(Permissions.None, (set, permission) => set | permission);
            case { } word:
                if (Text(word, field, "P08").Trim() != "full" && IsText(word))
                {
                    _found.Error("P08", word.Place, field, "it must be the word 'full' or a list of permissions");
                }

                return Permissions.Full;
            default:
                return null;
        }
    }

    private SchedulingPolicy? BindSched(Node node, string path)
    {
        Fields f = Open(node, path, "P09", strict: false, "policy");
        string field = f.Path("policy");
        if (Required(f, "policy", "P09") is not { } policy || ReadVariant(policy, field, "P09") is not { } variant)
        {
            return null;
        }

        switch (variant.Name)
        {
            case "other":
                return new SchedulingPolicy.Other((sbyte)Payload(variant, policy, field, "nice", sbyte.MinValue, sbyte.MaxValue));
            case "batch":
                return new SchedulingPolicy.Batch((sbyte)Payload(variant, policy, field, "nice", sbyte.MinValue, sbyte.MaxValue));
            case "fifo":
                return new SchedulingPolicy.Fifo((uint)Payload(variant, policy, field, "priority", 0, uint.MaxValue));
            case "round_robin":
                return new SchedulingPolicy.RoundRobin((uint)Payload(variant, policy, field, "priority", 0, uint.MaxValue));
            case "idle" or "deadline":
                RefusePayload(variant, policy, field, "P09");
                return variant.Name == "idle" ? new SchedulingPolicy.Idle() : new SchedulingPolicy.Deadline();
            default:
                _found.Error(
                    "P09", policy.Place, field, $"'{variant.Name}' is not known; known are other, batch, fifo, round_robin, idle, deadline");
                return null;
        }
    }

    private Int128 Payload(Variant variant, Node node, string path, string key, Int128 min, Int128 max)
    {
        if (variant.Payload is not { } payload)
        {
            _found.Error("P09", node.Place, path, $"'{variant.Name}' needs '{key}'");
            return 0;
        }

        Fields f = Open(payload, path, "P09", strict: false, key);
        return Required(f, key, "P09") is { } value ? Integer(value, f.Path(key), "P09", min, max) : 0;
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
        Fields f = Open(node, path, "P17", strict: true, "profile", "allow");
        if (!IsAbsent(f["profile"]) && ReadVariant(f["profile"]!, f.Path("profile"), "P17") is { } profile)
        {
            RefusePayload(profile, f["profile"]!, f.Path("profile"), "P17");
            if (profile.Name != "default")
            {
                _found.Error("P17", f["profile"]!.Place, f.Path("profile"), $"'{profile.Name}' is no profile; the only one is 'default'");
            }
        }

        Node? allow = f["allow"];
        return new Seccomp(!IsAbsent(f["profile"]), IsAbsent(allow) ? null : Map(allow, f.Path("allow"), lastWins: true, BindRule));
    }

    private SeccompRule BindRule(Node node, string path)
    {
        if (ReadVariant(node, path, "P17") is not { } variant)
        {
            return new SeccompRule.Any();
        }

        if (variant is { Name: "args", Payload: { } payload })
        {
            Fields f = Open(payload, path, "P17", strict: true, "index", "values", "mask");
            Node? index = Required(f, "index", "P17");
            return new SeccompRule.Args(
                index is null ? 0 : (uint)Integer(index, f.Path("index"), "P17", 0, uint.MaxValue),
                IsAbsent(f["values"]) ? null : List(f["values"], f.Path("values"), UInt64),
                OptionalUInt64(f, "mask"));
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
        Fields f = Open(node, path, "P00", strict: true, "mount_context", "exec");
        return new Selinux(OptionalText(f, "mount_context"), OptionalText(f, "exec"));
    }

    private SortedDictionary<RlimitResource, Rlimit> BindRlimits(Node? node)
    {
        var limits = new SortedDictionary<RlimitResource, Rlimit>(
            Comparer<RlimitResource>.Create((x, y) => string.CompareOrdinal(ManifestWords.Rlimit[x], ManifestWords.Rlimit[y])));
        Map(node, "rlimits", lastWins: false, (value, field) =>
        {
            Fields f = Open(value, field, "P00", strict: false, "soft", "hard");
            return new Rlimit(OptionalUInt64(f, "soft"), OptionalUInt64(f, "hard"));
        }).ToList().ForEach(entry =>
        {
            string field = DiagnosticList.Member("rlimits", entry.Key, isData: true);
            if (ManifestWords.Rlimit.TryParse(entry.Key, out RlimitResource resource))
            {
                limits[resource] = entry.Value;
            }
            else
            {
                _found.Error("P14", field, $"'{entry.Key}' is not known; known are {ManifestWords.Rlimit}");
            }
        });
        return limits;
    }

    private ContainerSocket BindSocket(Node node, string path)
    {
        Fields f = Open(node, path, "P00", strict: true, "type", "mode", "uid", "gid", "passcred");
        Node? type = Required(f, "type", "P14");
        Node? mode = Required(f, "mode", "P00");
        return new ContainerSocket(
            type is null ? default : Word(type, f.Path("type"), "P14", ManifestWords.SocketKind),
            mode is null ? 0 : (uint)Integer(mode, f.Path("mode"), "P00", 0, uint.MaxValue),
            OptionalUInt32(f, "uid"),
            OptionalUInt32(f, "gid"),
            OptionalBoolean(f, "passcred"));
    }

    private StandardStreams BindIo(Node node, string path)
    {
        Fields f = Open(node, path, "P15", strict: true, "stdout", "stderr");
        Node? stdout = Required(f, "stdout", "P15");
        Node? stderr = Required(f, "stderr", "P15");
        return new StandardStreams(
            stdout is null ? default : Word(stdout, f.Path("stdout"), "P14", ManifestWords.OutputMode),
            stderr is null ? default : Word(stderr, f.Path("stderr"), "P14", ManifestWords.OutputMode));
    }
}
