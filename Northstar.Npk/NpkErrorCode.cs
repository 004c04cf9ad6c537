// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Tells why a package, a key or a manifest was refused. Values are stable and the list only grows.</summary>
public enum NpkErrorCode
{
    /// <summary>The file cannot be opened or read.</summary>
    Open = 1,

    /// <summary>The zip structure is not that of a package.</summary>
    Zip = 2,

    /// <summary>A key is given and the package is not signed.</summary>
    NoSignature = 3,

    /// <summary>An entry cannot be read: checksum, size, encoding.</summary>
    Entry = 4,

    /// <summary>The hashes document of <c>signature.yaml</c> is malformed.</summary>
    HashDocument = 5,

    /// <summary>The signature document of <c>signature.yaml</c> is malformed.</summary>
    SignatureDocument = 6,

    /// <summary>The signature does not verify with the key.</summary>
    Signature = 7,

    /// <summary>The archive comment is not the signed one.</summary>
    MetaHash = 8,

    /// <summary>The archive comment is malformed.</summary>
    Meta = 9,

    /// <summary>The format version is too old.</summary>
    Version = 10,

    /// <summary><c>manifest.yaml</c> is missing.</summary>
    NoManifest = 11,

    /// <summary><c>manifest.yaml</c> is not the signed one.</summary>
    ManifestHash = 12,

    /// <summary>The manifest is malformed or invalid.</summary>
    Manifest = 13,

    /// <summary><c>fs.img</c> is missing or is no squashfs image.</summary>
    NoImage = 14,

    /// <summary>The verity superblock or hash tree is missing or inconsistent.</summary>
    Verity = 15,

    /// <summary>A block of the image does not match the hash tree.</summary>
    Corrupted = 16,

    /// <summary>A key file is missing, malformed or not readable.</summary>
    Key = 17,

    /// <summary>An external tool is missing, too old or failed.</summary>
    Tool = 18,

    /// <summary>The package cannot be written.</summary>
    Write = 19,
}
