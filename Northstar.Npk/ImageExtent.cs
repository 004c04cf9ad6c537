// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Where <c>fs.img</c> is in the file of a package: what a loop device is set up with.</summary>
/// <param name="OffsetBytes">The offset in the file, a multiple of 4096.</param>
/// <param name="LengthBytes">The length of the whole entry, verity data included; a multiple of 512.</param>
public readonly record struct ImageExtent(long OffsetBytes, long LengthBytes);
