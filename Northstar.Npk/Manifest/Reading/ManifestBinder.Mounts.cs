// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Mounts. Within an entry plain scalars of YAML are typed first, as the reference does.</summary>
internal sealed partial class ManifestBinder
{
    private Mount BindMount(Node node, string path)
    {
        if (node is not MappingNode { Tag: null } mapping)
        {
            Mistyped(node, path, "P10", "an object with 'type'", "");
            return new Mount.Dev();
        }

        Node? typeNode = mapping.Entries.FirstOrDefault(e => e.Key.Text == "type").Value;
        string field = DiagnosticList.Member(path, "type");
        if (typeNode is null)
        {
            _found.Error("P10", node.Place, field, "it is required and missing");
            return new Mount.Dev();
        }

        string type = Text(typeNode, field, "P10", typed: true);
        switch (type)
        {
            case "bind":
                return BindBind(Open(node, path, "P10", strict: true, "type", "host", "options"));
            case "resource":
                return BindResource(Open(node, path, "P10", strict: true, "type", "name", "version", "dir", "options"));
            case "tmpfs":
                return BindTmpfs(Open(node, path, "P10", strict: true, "type", "size"));
        }

        Open(node, path, "P10", strict: false, "type");
        Mount? mount = type switch
        {
            "dev" => new Mount.Dev(),
            "persist" => new Mount.Persist(),
            "proc" => new Mount.Proc(),
            "sockets" => new Mount.Sockets(),
            "sysfs" => new Mount.Sysfs(),
            _ => null,
        };
        if (mount is null && IsText(typeNode, typed: true))
        {
            _found.Error("P10", typeNode.Place, field, $"'{type}' is not known; known are bind, dev, persist, proc, resource, sockets, sysfs, tmpfs");
        }

        return mount ?? new Mount.Dev();
    }

    private Mount.Bind BindBind(Fields f)
    {
        Node? host = Required(f, "host", "P10");
        return new Mount.Bind(host is null ? "" : Text(host, f.Path("host"), "P10", typed: true), BindOptions(f));
    }

    private Mount.Resource BindResource(Fields f)
    {
        Node? name = Required(f, "name", "P10");
        Node? version = Required(f, "version", "P10");
        Node? directory = Required(f, "dir", "P10");
        VersionRequirement? requirement = null;
        if (version is not null && !VersionRequirement.TryParse(Text(version, f.Path("version"), "P13", typed: true), out requirement)
            && IsText(version, typed: true))
        {
            _found.Error("P13", version.Place, f.Path("version"), "a requirement is needed, such as '>=1.2, <2', '1.2.3' or '*'");
        }

        return new Mount.Resource(
            name is null ? default : BindName(name, f.Path("name"), "P13", typed: true),
            requirement ?? VersionRequirement.Parse("*"),
            directory is null ? "" : Text(directory, f.Path("dir"), "P10", typed: true),
            BindOptions(f));
    }

    private Mount.Tmpfs BindTmpfs(Fields f)
    {
        if (Required(f, "size", "P10") is not { } node)
        {
            return new Mount.Tmpfs(0);
        }

        bool isInteger = node is ScalarNode { Tag: null } scalar
            && (scalar.Kind == ScalarKind.Plain ? YamlScalar.Resolve(scalar.Text) : scalar.Kind) == ScalarKind.Integer;
        if (isInteger)
        {
            return new Mount.Tmpfs((ulong)Integer(node, f.Path("size"), "P12", 0, ulong.MaxValue));
        }

        if (!SizeText.TryParse(Text(node, f.Path("size"), "P12", typed: true), out ulong bytes) && IsText(node, typed: true))
        {
            _found.Error("P12", node.Place, f.Path("size"), "a size is a number of bytes or a number with a unit such as k, M, GiB, below 2^64");
        }

        return new Mount.Tmpfs(bytes);
    }

    private MountOptions BindOptions(Fields f)
    {
        if (f["options"] is not { } node)
        {
            return MountOptions.None;
        }

        string text = Text(node, f.Path("options"), "P11", typed: true);
        MountOptions options = MountOptions.None;
        foreach (string word in text.Trim().Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries))
        {
            MountOptions option = ManifestWords.MountOptions.FirstOrDefault(o => o.Word == word).Option;
            if (option == MountOptions.None)
            {
                _found.Error("P11", node.Place, f.Path("options"), $"'{word}' is no option; options are rw, noexec, nosuid, nodev, rec");
            }

            options |= option;
        }

        return options;
    }
}
