// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using static Northstar.Npk.Field;

namespace Northstar.Npk;

/// <summary>The form of <c>custom.northstar</c>. Unknown keys are ignored, so that packages of a later runtime load.</summary>
internal static class ExtensionForm
{
    private static readonly Field s_access = Optional("access", new Shape.Text(1, 3, "^[rwm]+$"), "X01");

    internal static readonly Shape.Object DeviceNode = new(
        "X01", false, Required("path", new Shape.Text(1, ManifestLimits.Path, "^/dev/"), "X01"), s_access);

    internal static readonly Shape.Object DeviceNumbers = new(
        "X01", false,
        Required("type", new Shape.Word(ManifestWords.DeviceKind.All), "X01"),
        Required("major", new Shape.Integer(0, ManifestLimits.DeviceMajor), "X01"),
        Optional("minor", new Shape.Integer(0, ManifestLimits.DeviceMinor), "X01"),
        s_access);

    internal static readonly Shape.Object Northstar = new(
        "X01", false,
        Optional("devices", new Shape.List(new Shape.Either(DeviceNode, DeviceNumbers)) { MaxCount = ManifestLimits.DeviceRules }, "X01") with { IsNullable = true },
        Optional("minimum_version", ManifestForm.Version, "X01"),
        Optional("optional", new Shape.List(new Shape.Text(1, ManifestLimits.Path, "^/")) { IsSet = true }, "X01") with { IsNullable = true },
        Optional("pids", new Shape.Integer(0, ManifestLimits.Pids), "X01"),
        Optional("required", new Shape.List(new Shape.Text(1, ManifestLimits.Path, "^/")) { IsSet = true }, "X01") with { IsNullable = true });
}
