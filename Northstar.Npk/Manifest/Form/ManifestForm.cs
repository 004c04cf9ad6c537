// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using static Northstar.Npk.Field;

namespace Northstar.Npk;

/// <summary>The form of a manifest: every object with its fields.</summary>
internal static class ManifestForm
{
    private const string PathPattern = "^/";

    private static readonly Shape.Text s_name = new(1, ContainerName.MaxLength, @"^(?!\.+$)[0-9A-Za-z._-]+$");
    internal static readonly Shape.Text Version = new(Pattern: @"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([-+].*)?$");
    private static readonly Shape.Text s_requirement = new(1);
    private static readonly Shape.Integer s_id = Shape.UInt16 with { Valid = (1, ushort.MaxValue) };

    private static readonly Shape.Text s_size = new(Pattern: @"^\s*\+?[0-9]+\s*([bB]|[kKmMgGtTpPeE][iI]?[bB]?)?\s*$");

    internal static readonly Shape.Object Bind = Mount("bind", true, Required("host", Shape.AnyText, "P10"), Options("rw|noexec|nosuid|nodev|rec"));

    internal static readonly Shape.Object Resource = Mount(
        "resource", true, Required("name", s_name, "P13"), Required("version", s_requirement, "P13"),
        Required("dir", new Shape.Text(1, Pattern: PathPattern), "P10"), Options("rw|noexec|nosuid|nodev"));

    internal static readonly Shape.Object Tmpfs = Mount("tmpfs", true, Required("size", new Shape.Either(Shape.UInt64, s_size), "P12"));

    /// <summary>The mounts that have no field but <c>type</c>.</summary>
    internal static readonly Shape.Object[] BareMounts =
        [.. ((string[])["dev", "persist", "proc", "sockets", "sysfs"]).Select(static type => Mount(type, isStrict: false))];

    internal static readonly Shape.Object Console = new(
        "P08", true, Required(
            "permissions", new Shape.Either(new Shape.Word(["full"]), new Shape.List(new Shape.Word(ManifestWords.Permissions.All))), "P08"));

    internal static readonly Shape.Object Nice = new(
        "P09", false, Required("nice", new Shape.Integer(sbyte.MinValue, sbyte.MaxValue) { Valid = (ManifestLimits.MinNice, ManifestLimits.MaxNice) }, "P09"));

    internal static readonly Shape.Object Priority = new(
        "P09", false, Required("priority", Shape.UInt32 with { Valid = (ManifestLimits.MinPriority, ManifestLimits.MaxPriority) }, "P09"));

    internal static readonly Shape.Object Sched = new(
        "P09", false, Required(
            "policy",
            new Shape.Variant(("other", Nice), ("batch", Nice), ("fifo", Priority), ("round_robin", Priority), ("idle", null), ("deadline", null)), "P09"));

    internal static readonly Shape.Object SeccompArgs = new(
        "P17", true,
        Required("index", Shape.UInt32 with { Valid = (0, ManifestLimits.SeccompIndex) }, "P17"),
        Optional("values", new Shape.List(Shape.UInt64) { MaxCount = ManifestLimits.SeccompValues }) with { IsNullable = true },
        Optional("mask", Shape.UInt64));

    internal static readonly Shape.Object Seccomp = new(
        "P17", true,
        Optional("profile", new Shape.Word(["default"]), "P17"),
        Optional("allow", new Shape.Map(new Shape.Variant(("any", null), ("args", SeccompArgs))), "P17") with { IsNullable = true });

    internal static readonly Shape.Object Selinux = new("P00", true, Optional("mount_context", Context()), Optional("exec", Context()));

    internal static readonly Shape.Object Rlimit = new("P00", false, Optional("soft", Shape.UInt64), Optional("hard", Shape.UInt64));

    internal static readonly Shape.Object Socket = new(
        "P00", true,
        Required("type", new Shape.Word(ManifestWords.SocketKind.All), "P14"),
        Required("mode", Shape.UInt32),
        Optional("uid", Shape.UInt32),
        Optional("gid", Shape.UInt32),
        Optional("passcred", Shape.Bool));

    internal static readonly Shape.Object Io = new(
        "P15", true,
        Required("stdout", new Shape.Word(ManifestWords.OutputMode.All), "P14"),
        Required("stderr", new Shape.Word(ManifestWords.OutputMode.All), "P14"));

    /// <summary>The manifest itself.</summary>
    internal static readonly Shape.Object Root = new(
        "P01", true,
        Required("name", s_name, "P05"),
        Required("version", Version, "P06"),
        Optional("console", Console, "P08"),
        Optional("init", new Shape.Text(1, ManifestLimits.Init)),
        Optional("args", new Shape.List(Shape.AnyText)),
        Optional("env", new Shape.Map(new Shape.Text(0, ManifestLimits.EnvValue))
        {
            MaxCount = ManifestLimits.EnvCount, Key = new Shape.Text(1, ManifestLimits.EnvName, "^[^=]*$"),
        }),
        Required("uid", s_id, "P07"),
        Required("gid", s_id, "P07"),
        Optional("sched", Sched, "P09"),
        Optional("mounts", new Shape.Map(new Shape.Either([Bind, Resource, Tmpfs, .. BareMounts])) { Key = new Shape.Text(1, ManifestLimits.Path, PathPattern) }),
        Optional("autostart", new Shape.Word(ManifestWords.Autostart.All), "P14"),
        Optional("cgroups", CgroupForm.Cgroups),
        Optional("network", new Shape.Variant(("host", null), ("namespace", new Shape.Text(1, ManifestLimits.NetworkNamespace, "^[^/]*$"))), "P14"),
        Optional("seccomp", Seccomp, "P17"),
        Optional("selinux", Selinux),
        Optional("capabilities", new Shape.List(new Shape.Word(ManifestWords.Capability.All)) { IsSet = true }, "P14"),
        Optional("suppl_groups", new Shape.List(new Shape.Text(0, ManifestLimits.GroupName)) { MaxCount = ManifestLimits.GroupCount, IsSet = true }),
        Optional("rlimits", new Shape.Map(Rlimit) { Key = new Shape.Word(ManifestWords.Rlimit.All) }),
        Optional("sockets", new Shape.Map(Socket) { Key = new Shape.Text(1, Pattern: "^[^/=]*$") }),
        Optional("io", Io, "P15"),
        Optional("custom", new Shape.Anything(("northstar", ExtensionForm.Northstar))));

    private static Shape.Object Mount(string type, bool isStrict, params Field[] fields) =>
        new("P10", isStrict, [Required("type", new Shape.Word([type]), "P10"), .. fields]);

    private static Field Options(string words) =>
        Optional("options", new Shape.Text(Pattern: $@"^\s*(({words})\s*(,\s*({words})\s*)*)?$"), "P11") with { IsNullable = false };

    private static Shape.Text Context() => new(1, ManifestLimits.SelinuxContext, "^[0-9A-Za-z:_]*$");
}
