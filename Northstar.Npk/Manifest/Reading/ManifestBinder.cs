// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Builds a manifest from nodes and checks its form (the P rules of the specification) against <see cref="ManifestForm"/>.</summary>
internal sealed partial class ManifestBinder
{
    /// <summary>Stands for a name that cannot be read, so that the rest can be looked at.</summary>
    private static readonly ContainerName s_unreadable = ContainerName.Parse("unreadable");

    private readonly ManifestSyntax _syntax;
    private readonly ManifestReadOptions _options;
    private readonly DiagnosticList _found;

    private ManifestBinder(ManifestSyntax syntax, ManifestReadOptions options, DiagnosticList found)
    {
        _syntax = syntax;
        _options = options;
        _found = found;
    }

    /// <summary>Binds the fields; those that <paramref name="found"/> has an error of get a value that stands in.</summary>
    internal static Manifest Bind(Node root, ManifestSyntax syntax, ManifestReadOptions options, DiagnosticList found)
    {
        var binder = new ManifestBinder(syntax, options, found);
        return binder.Bind(binder.Open(binder.WithDefaults(root), "", ManifestForm.Root));
    }

    private Manifest Bind(Fields f) => new()
    {
        Name = BindName(f, "name"),
        Version = BindVersion(f),
        Console = f["console"] is { } console ? BindConsole(console, "console") : null,
        Init = Text(f, "init"),
        Args = List(f["args"], "args", (node, field) => Text(node, field)),
        Env = TextMap(f["env"], "env"),
        Uid = Number<ushort>(f, "uid") ?? 0,
        Gid = Number<ushort>(f, "gid") ?? 0,
        Sched = f["sched"] is { } sched ? BindSched(sched, "sched") : null,
        Mounts = Map(f["mounts"], "mounts", lastWins: false, BindMount),
        Autostart = f["autostart"] is null ? null : Word(f, "autostart", ManifestWords.Autostart),
        Cgroups = f["cgroups"] is { } cgroups ? BindCgroups(cgroups, "cgroups") : null,
        Network = f["network"] is { } network ? BindNetwork(network, "network") : null,
        Seccomp = f["seccomp"] is { } seccomp ? BindSeccomp(seccomp, "seccomp") : null,
        Selinux = f["selinux"] is { } selinux ? BindSelinux(selinux, "selinux") : null,
        Capabilities = [.. Set(f["capabilities"], "capabilities", (n, field) => Word(n, field, "P14", ManifestWords.Capability)).Order()],
        SupplementaryGroups = Set(f["suppl_groups"], "suppl_groups", (node, field) => Text(node, field)),
        Rlimits = BindRlimits(f["rlimits"]),
        Sockets = Map(f["sockets"], "sockets", lastWins: true, BindSocket),
        Io = f["io"] is { } io ? BindIo(io, "io") : null,
        Custom = f["custom"] is { } custom ? BindCustom(custom) : null,
    };

    /// <summary>Adds the ids that the caller gives to a manifest without them.</summary>
    private Node WithDefaults(Node root)
    {
        if (root is not MappingNode mapping)
        {
            return root;
        }

        List<KeyValuePair<ScalarNode, Node>> entries = [.. mapping.Entries];
        Add("uid", _options.DefaultUid);
        Add("gid", _options.DefaultGid);
        return new MappingNode(root.Place, entries, root.Tag);

        void Add(string key, ushort? id)
        {
            if (id is { } number && !entries.Exists(e => e.Key.Text == key))
            {
                entries.Add(new(
                    new ScalarNode(root.Place, ScalarKind.String, key), new ScalarNode(root.Place, ScalarKind.Integer, number.ToString(System.Globalization.CultureInfo.InvariantCulture))));
            }
        }
    }

    private ContainerName BindName(Fields f, string key, bool typed = false)
    {
        if (Text(f, key, typed) is not { } text)
        {
            return s_unreadable;
        }

        if (ContainerName.TryParse(text, out ContainerName name))
        {
            return name;
        }

        Refuse(f, key, $"a name has 1 to {ContainerName.MaxWireLength} characters of 0-9 A-Z a-z . _ -", typed);
        return s_unreadable;
    }

    private PackageVersion BindVersion(Fields f)
    {
        PackageVersion version = default;
        if (Text(f, "version") is { } text && !PackageVersion.TryParse(text, out version))
        {
            Refuse(f, "version", "a version has three numbers without leading zeros, such as 1.0.0");
        }

        return version;
    }

    /// <summary>Reports a text that has another form, unless it is no text at all, which has been reported.</summary>
    private void Refuse(Fields f, string key, string message, bool typed = false)
    {
        if (IsText(f[key]!, typed))
        {
            _found.Error(f.Form(key).Rule, f[key]!.Place, f.Path(key), message);
        }
    }

    private System.Text.Json.JsonElement BindCustom(Node node)
    {
        if (node is MappingNode mapping)
        {
            // Of several the last one holds.
            KeyValuePair<ScalarNode, Node> entry = mapping.Entries.FindLast(e => e.Key.Text == ExtensionsKey);
            if (entry.Key is not null)
            {
                BindExtensions(entry.Value);
            }
        }

        return CustomSection.Bind(node, _found, _options.ForPacking);
    }
}
