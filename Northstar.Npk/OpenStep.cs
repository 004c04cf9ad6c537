// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What opening a package has done so far, for tests of the order: nothing is parsed before it is known who signed it.</summary>
internal enum OpenStep
{
    /// <summary>The zip structure was read.</summary>
    StructureRead,

    /// <summary>A key verified the signature over the raw bytes of the hashes document.</summary>
    SignatureVerified,

    /// <summary>The hashes document was parsed.</summary>
    HashesParsed,

    /// <summary>The archive comment is the signed one.</summary>
    CommentMatched,

    /// <summary>The archive comment was parsed.</summary>
    CommentParsed,

    /// <summary>The manifest is the signed one.</summary>
    ManifestMatched,

    /// <summary>The manifest was parsed and validated.</summary>
    ManifestParsed,
}
