// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Verity;

/// <summary>Offsets of the fields of a dm-verity superblock, version 1; integers are little endian.</summary>
internal static class VeritySuperblockLayout
{
    internal const int Signature = 0;
    internal const int Version = Signature + 8;
    internal const int HashType = Version + sizeof(uint);
    internal const int Uuid = HashType + sizeof(uint);
    internal const int Algorithm = Uuid + 16;
    internal const int DataBlockSize = Algorithm + 32;
    internal const int HashBlockSize = DataBlockSize + sizeof(uint);
    internal const int DataBlocks = HashBlockSize + sizeof(uint);
    internal const int SaltLength = DataBlocks + sizeof(ulong);
    internal const int SaltPadding = SaltLength + sizeof(ushort);
    internal const int Salt = SaltPadding + 6;
    internal const int Padding = Salt + VeritySuperblock.MaxSaltLengthBytes;
}
