// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text.Json;

namespace Northstar.Npk;

/// <summary>The extensions below <c>custom.northstar</c>. Plain scalars of YAML are typed first, since <c>custom</c> is kept as JSON.</summary>
internal sealed partial class ManifestBinder
{
    private const string ExtensionsKey = "northstar";
    private const string ExtensionsPath = "custom." + ExtensionsKey;

    /// <summary>
    /// Reads the extensions out of the free section; if anything is malformed there are none, so that half of a rule never holds. What is
    /// found has places within that section and not within a manifest.
    /// </summary>
    internal static ManifestExtensions ReadExtensions(JsonElement? custom, DiagnosticList found)
    {
        if (custom is not { ValueKind: JsonValueKind.Object } section || !section.TryGetProperty(ExtensionsKey, out JsonElement element))
        {
            return ManifestExtensions.None;
        }

        try
        {
            Node node = JsonFrontEnd.Read(JsonMarshal.GetRawUtf8Value(element), NodeLimits.Message);
            ManifestExtensions extensions = new ManifestBinder(ManifestSyntax.Json, new ManifestReadOptions { ForPacking = true }, found).BindExtensions(node);
            return found.HasErrors ? ManifestExtensions.None : extensions;
        }
        catch (ManifestSyntaxException e)
        {
            found.Error("X01", e.Place, ExtensionsPath, e.Message);
            return ManifestExtensions.None;
        }
    }

    /// <summary>Reports what is wrong with the form of a manifest's extensions; there is no text and so no place.</summary>
    internal static void CheckExtensions(Manifest manifest, DiagnosticList found)
    {
        var own = new DiagnosticList();
        ReadExtensions(manifest.Custom, own);
        foreach (ManifestDiagnostic d in own.ToList())
        {
            found.Add(d with { Line = 0, Column = 0 });
        }
    }

    private ManifestExtensions BindExtensions(Node node)
    {
        if (IsAbsent(node))
        {
            return ManifestExtensions.None;
        }

        if (node is not MappingNode && !_options.ForPacking)
        {
            // Someone else's word in a package that exists.
            _found.Warn("X01", node.Place, ExtensionsPath, $"an object is needed and not {node.KindName}; it is ignored");
            return ManifestExtensions.None;
        }

        Fields f = Open(node, ExtensionsPath, ExtensionForm.Northstar);
        return new ManifestExtensions
        {
            MinimumVersion = BindMinimum(f),
            Pids = Number<uint>(f, "pids"),
            OptionalMounts = Set(f["optional"], f.Path("optional"), (item, field) => Text(item, field, "X01", typed: true), "X01"),
            RequiredMounts = Set(f["required"], f.Path("required"), (item, field) => Text(item, field, "X01", typed: true), "X01"),
            Devices = [.. List(f["devices"], f.Path("devices"), BindDevice, "X01").OfType<DeviceRule>()],
        };
    }

    private PackageVersion? BindMinimum(Fields f)
    {
        if (Text(f, "minimum_version", typed: true) is not { } text)
        {
            return null;
        }

        if (PackageVersion.TryParse(text, out PackageVersion version))
        {
            return version;
        }

        _found.Error("X01", f["minimum_version"]!.Place, f.Path("minimum_version"), $"'{text}' is no version: three numbers are needed");
        return null;
    }

    private DeviceRule? BindDevice(Node node, string path)
    {
        bool isNode = node is MappingNode mapping && mapping.Entries.Exists(static e => e.Key.Text == "path");
        Fields f = Open(node, path, isNode ? ExtensionForm.DeviceNode : ExtensionForm.DeviceNumbers);
        DeviceAccess access = BindAccess(f);
        if (isNode)
        {
            return Text(f, "path", typed: true) is { } file ? new DeviceRule.Node(file) { Access = access } : null;
        }

        DeviceKind kind = Word(f, "type", ManifestWords.DeviceKind);
        return Number<uint>(f, "major") is { } major ? new DeviceRule.Numbers(kind, major, Number<uint>(f, "minor")) { Access = access } : null;
    }

    private DeviceAccess BindAccess(Fields f)
    {
        if (Text(f, "access", typed: true) is not { } letters)
        {
            return DeviceAccess.Read | DeviceAccess.Write;
        }

        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            DeviceAccess one = letter switch { 'r' => DeviceAccess.Read, 'w' => DeviceAccess.Write, 'm' => DeviceAccess.MakeNode, _ => DeviceAccess.None };
            if (one == DeviceAccess.None || access.HasFlag(one))
            {
                access = DeviceAccess.None;
                break;
            }

            access |= one;
        }

        if (access == DeviceAccess.None)
        {
            Refuse(f, "access", "it has one to three of the letters r, w and m", typed: true);
        }

        return access;
    }
}
