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
                Fields bind = Open(node, path, ManifestForm.Bind);
                return new Mount.Bind(Text(bind, "host", typed: true) ?? "", BindOptions(bind));
            case "resource":
                return BindResource(Open(node, path, ManifestForm.Resource));
            case "tmpfs":
                return BindTmpfs(Open(node, path, ManifestForm.Tmpfs));
        }

        Open(node, path, ManifestForm.BareMounts[0]);
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

    private Mount.Resource BindResource(Fields f)
    {
        ContainerName name = BindName(f, "name", typed: true);
        VersionRequirement? requirement = null;
        if (Text(f, "version", typed: true) is { } text && !VersionRequirement.TryParse(text, out requirement))
        {
            Refuse(f, "version", "a requirement is needed, such as '>=1.2, <2', '1.2.3' or '*'", typed: true);
        }

        return new Mount.Resource(name, requirement ?? VersionRequirement.Parse("*"), Text(f, "dir", typed: true) ?? "", BindOptions(f));
    }

    private Mount.Tmpfs BindTmpfs(Fields f)
    {
        if (f["size"] is not { } node)
        {
            return new Mount.Tmpfs(0);
        }

        if (node is ScalarNode { Tag: null } scalar && Kind(scalar) == ScalarKind.Integer)
        {
            return new Mount.Tmpfs((ulong)Integer(node, f.Path("size"), f.Form("size").Rule, Shape.UInt64));
        }

        if (!SizeText.TryParse(Text(f, "size", typed: true)!, out ulong bytes))
        {
            Refuse(f, "size", "a size is a number of bytes or a number with a unit such as k, M, GiB, below 2^64", typed: true);
        }

        return new Mount.Tmpfs(bytes);
    }

    private MountOptions BindOptions(Fields f)
    {
        string text = Text(f, "options", typed: true) ?? "";
        MountOptions options = MountOptions.None;
        foreach (string word in text.Trim().Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries))
        {
            MountOptions option = ManifestWords.MountOptions.FirstOrDefault(o => o.Word == word).Option;
            if (option == MountOptions.None)
            {
                Refuse(f, "options", $"'{word}' is no option; options are rw, noexec, nosuid, nodev, rec", typed: true);
            }

            options |= option;
        }

        return options;
    }
}
