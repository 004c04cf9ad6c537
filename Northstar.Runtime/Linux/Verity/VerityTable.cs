// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>
/// What a verity target is made of. Version, algorithm and block sizes are constants: an image that has others is refused before. The root hash
/// is the signed one; a salt that was changed makes every read fail, since the root hash does not match any more.
/// </summary>
/// <param name="DataBlocks">The number of data blocks of 4096 bytes.</param>
/// <param name="HashStartBlock">The block in which the tree begins: between data and tree is the superblock.</param>
/// <param name="RootHash">The root hash, 32 bytes.</param>
/// <param name="Salt">The salt, 0 to 256 bytes.</param>
/// <remarks>
/// Documentation/admin-guide/device-mapper/verity.rst. There are no optional parameters: neither <c>ignore_corruption</c> nor
/// <c>check_at_most_once</c> is ever set.
/// </remarks>
internal sealed record VerityTable(long DataBlocks, long HashStartBlock, ReadOnlyMemory<byte> RootHash, ReadOnlyMemory<byte> Salt)
{
    /// <summary>The target.</summary>
    internal const string Target = "verity";

    internal const int BlockLengthBytes = 4096;
    private const int SectorLengthBytes = 512;

    /// <summary>Gets the length of the device in sectors of 512 bytes: the data without the tree.</summary>
    internal ulong LengthSectors => checked((ulong)DataBlocks * (BlockLengthBytes / SectorLengthBytes));

    /// <summary>Returns the parameters of the target.</summary>
    /// <param name="device">The device that has data, superblock and tree, as <c>MAJOR:MINOR</c>.</param>
    internal string Format(string device)
    {
        string salt = Salt.IsEmpty ? "-" : Convert.ToHexStringLower(Salt.Span);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"1 {device} {device} {BlockLengthBytes} {BlockLengthBytes} {DataBlocks} {HashStartBlock} sha256 {Convert.ToHexStringLower(RootHash.Span)} {salt}");
    }
}
