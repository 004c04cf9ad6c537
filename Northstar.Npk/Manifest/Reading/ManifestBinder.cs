// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Builds a manifest from nodes and checks its form (the P rules of the specification).</summary>
internal sealed partial class ManifestBinder
{
    private static readonly string[] s_fields =
    [
        "name", "version", "console", "init", "args", "env", "uid", "gid", "sched", "mounts", "autostart", "cgroups", "network", "seccomp",
        "selinux", "capabilities", "suppl_groups", "rlimits", "sockets", "io", "custom",
    ];

    private readonly ManifestSyntax _syntax;
    private readonly DiagnosticList _found;

    private ManifestBinder(ManifestSyntax syntax, DiagnosticList found)
    {
        _syntax = syntax;
        _found = found;
    }

    /// <summary>Binds the fields; the result is of use only when <paramref name="found"/> has no error afterwards.</summary>
    internal static Manifest Bind(Node root, ManifestSyntax syntax, ManifestReadOptions options, DiagnosticList found)
    {
        var binder = new ManifestBinder(syntax, found);
        Fields fields = binder.Open(root, "", "P01", strict: true, s_fields);
        return binder.Bind(fields, options);
    }

    private Manifest Bind(Fields f, ManifestReadOptions options) => new()
    {
        Name = Required(f, "name", "P01") is { } name ? BindName(name, "name", "P05") : default,
        Version = BindVersion(f),
        Console = Optional(f, "console", BindConsole),
        Init = OptionalText(f, "init"),
        Args = List(f["args"], "args", (node, field) => Text(node, field)),
        Env = TextMap(f["env"], "env"),
        Uid = BindId(f, "uid", options.DefaultUid),
        Gid = BindId(f, "gid", options.DefaultGid),
        Sched = Optional(f, "sched", BindSched),
        Mounts = Map(f["mounts"], "mounts", lastWins: false, BindMount),
        Autostart = IsAbsent(f["autostart"]) ? null : Word(f["autostart"]!, "autostart", "P14", ManifestWords.Autostart),
        Cgroups = Optional(f, "cgroups", BindCgroups),
        Network = Optional(f, "network", BindNetwork),
        Seccomp = Optional(f, "seccomp", BindSeccomp),
        Selinux = Optional(f, "selinux", BindSelinux),
        Capabilities = [.. Set(f["capabilities"], "capabilities", (n, field) => Word(n, field, "P14", ManifestWords.Capability)).Order()],
        SupplementaryGroups = Set(f["suppl_groups"], "suppl_groups", (node, field) => Text(node, field)),
        Rlimits = BindRlimits(f["rlimits"]),
        Sockets = Map(f["sockets"], "sockets", lastWins: true, BindSocket),
        Io = Optional(f, "io", BindIo),
        Custom = IsAbsent(f["custom"]) ? null : CustomSection.Bind(f["custom"]!, _found),
    };

    private static T? Optional<T>(Fields fields, string key, Func<Node, string, T?> bind)
    {
        Node? node = fields[key];
        return IsAbsent(node) ? default : bind(node!, fields.Path(key));
    }

    private ContainerName BindName(Node node, string field, string rule, bool typed = false)
    {
        string text = Text(node, field, rule, typed);
        if (!ContainerName.TryParse(text, out ContainerName name) && IsText(node, typed))
        {
            _found.Error(rule, node.Place, field, $"a name has 1 to {ContainerName.MaxWireLength} characters of 0-9 A-Z a-z . _ -");
        }

        return name;
    }

    private PackageVersion BindVersion(Fields fields)
    {
        PackageVersion version = default;
        if (Required(fields, "version", "P01") is { } node && !PackageVersion.TryParse(Text(node, "version", "P06"), out version) && IsText(node))
        {
            _found.Error("P06", node.Place, "version", "a version has three numbers without leading zeros, such as 1.0.0");
        }

        return version;
    }

    private ushort BindId(Fields fields, string key, ushort? missing)
    {
        if (fields[key] is null && missing is { } value)
        {
            return value;
        }

        return Required(fields, key, "P01") is { } node ? (ushort)Integer(node, key, "P07", 0, ushort.MaxValue) : (ushort)0;
    }

    /// <summary>Tells whether <see cref="Text"/> accepted the node, so that what follows is not reported twice.</summary>
    private static bool IsText(Node node, bool typed = false) =>
        node is ScalarNode { Tag: null } scalar
        && (scalar.Kind == ScalarKind.String
            || (scalar.Kind == ScalarKind.Plain && (!typed || YamlScalar.Resolve(scalar.Text) == ScalarKind.String)));
}
