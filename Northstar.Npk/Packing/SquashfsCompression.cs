// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How the image of a package is compressed. The kernel that runs it must have the algorithm built in.</summary>
public enum SquashfsCompression
{
    /// <summary>gzip, which every kernel with squashfs has in practice.</summary>
    Gzip,

    /// <summary>Nothing is compressed.</summary>
    None,

    /// <summary>lzo.</summary>
    Lzo,

    /// <summary>xz.</summary>
    Xz,

    /// <summary>zstd.</summary>
    Zstd,
}
