// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using static Northstar.Npk.Field;

namespace Northstar.Npk;

/// <summary>The form of <c>custom.northstar</c>. Unknown keys are ignored, so that packages of a later runtime load.</summary>
internal static class ExtensionForm
{
    private static readonly Field s_access = Optional("access", new Shape.Text(1, 3, "^[rwm]+$"), "E01");

    internal static readonly Shape.Object DeviceNode = new(
        "E01", false, Required("path", new Shape.Text(1, ManifestLimits.Path, "^/dev/"), "E01"), s_access);

    internal static readonly Shape.Object DeviceNumbers = new(
        "E01", false,
        Required("type", new Shape.Word(ManifestWords.DeviceKind.All), "E01"),
        Required("major", new Shape.Integer(0, ManifestLimits.DeviceMajor), "E01"),
        Optional("minor", new Shape.Integer(0, ManifestLimits.DeviceMinor), "E01"),
        s_access);

    internal static readonly Shape.Object Northstar = new(
        "E01", false,
        Optional("devices", new Shape.List(new Shape.Either(DeviceNode, DeviceNumbers)) { MaxCount = ManifestLimits.DeviceRules }, "E01") with { IsNullable = true },
        Optional("pids", new Shape.Integer(0, ManifestLimits.Pids), "E01"),
        Optional("required", new Shape.List(new Shape.Text(1, ManifestLimits.Path, "^/")) { IsSet = true }, "E01") with { IsNullable = true });
}
