// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The version of the console protocol and the rule by which a runtime accepts clients.</summary>
public static class ProtocolVersion
{
    /// <summary>Gets the version that this library speaks.</summary>
    public static PackageVersion Current { get; } = new(0, 9, 3);

    /// <summary>Tells whether a runtime of version <paramref name="runtime"/> accepts a client of version <paramref name="client"/>.</summary>
    /// <remarks>A client must not be older in major and minor number; the patch number does not matter.</remarks>
    public static bool IsAccepted(PackageVersion client, PackageVersion runtime) =>
        client.Major > runtime.Major || (client.Major == runtime.Major && client.Minor >= runtime.Minor);

    /// <summary>Tells whether a runtime of version <see cref="Current"/> accepts a client of version <paramref name="client"/>.</summary>
    public static bool IsAccepted(PackageVersion client) => IsAccepted(client, Current);
}
