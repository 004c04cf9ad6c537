// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>SELinux contexts; ignored on a host without SELinux.</summary>
/// <param name="MountContext">The <c>context=</c> option of the root file system, or null.</param>
/// <param name="Exec">The context of the payload, or null.</param>
public sealed record Selinux(string? MountContext, string? Exec);
