// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Signs packages: a <see cref="PrivateKey"/>, or an adapter to a device that does not give its Ed25519 key away.</summary>
public interface IPackageSigner
{
    /// <summary>Gets the public half of the key that signs.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Returns the 64 bytes of the Ed25519 signature over a message (RFC 8032, without pre-hash and context).</summary>
    byte[] Sign(ReadOnlySpan<byte> message);
}
