// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>A package that a repository holds open: everything later reads this descriptor, never the path again.</summary>
/// <param name="Package">The open package; owned.</param>
/// <param name="SizeBytes">What it counts against the capacity.</param>
/// <param name="Location">The file in a directory repository, else null.</param>
internal sealed record StoredPackage(NpkPackage Package, long SizeBytes, string? Location) : IDisposable
{
    /// <summary>Gets the container.</summary>
    internal ContainerId Id => Package.Manifest.Id;

    /// <summary>Closes the package. A mounted image stays usable.</summary>
    public void Dispose() => Package.Dispose();
}
