// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Archive;

/// <summary>One entry of a package: where its bytes are in the file. Always stored, never compressed.</summary>
internal sealed record StoredEntry(string Name, long HeaderOffsetBytes, long DataOffsetBytes, long LengthBytes, uint Crc)
{
    internal const string ManifestName = "manifest.yaml";
    internal const string SignatureName = "signature.yaml";
    internal const string ImageName = "fs.img";

    internal const int MaxManifestBytes = 1 << 20;
    internal const int MaxSignatureBytes = 16 << 10;

    internal long EndOffsetBytes => DataOffsetBytes + LengthBytes;
}
