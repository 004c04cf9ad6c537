// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The directory of a container's group in one hierarchy.</summary>
/// <param name="Hierarchy">The hierarchy.</param>
/// <param name="Directory">The directory.</param>
/// <param name="Controllers">The controllers that work there.</param>
internal sealed record CgroupMember(CgroupHierarchy Hierarchy, string Directory, IReadOnlyList<ICgroupController> Controllers);
