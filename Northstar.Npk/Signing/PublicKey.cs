// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk.Signing;

namespace Northstar.Npk;

/// <summary>The public half of an Ed25519 key: 32 bytes. Immutable; equal when the bytes are.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    /// <summary>The length of a key in bytes.</summary>
    public const int LengthBytes = Ed25519.PublicKeyLength;

    private readonly byte[] _bytes;

    private PublicKey(byte[] bytes)
    {
        _bytes = bytes;
        Id = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>Gets the name of the key for logs and lists: SHA-256 of its bytes, 64 lower-case hex digits.</summary>
    public string Id { get; }

    /// <summary>Gets the 32 bytes (RFC 8032 section 5.1.2).</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Makes a key from its 32 bytes.</summary>
    /// <exception cref="NpkException">The bytes are no usable key: wrong length, no point of the curve, not canonical, small or mixed order
    /// (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PublicKey FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length != LengthBytes
            ? throw new NpkException(NpkRules.PublicKeyLength, $"load a public key: it has {bytes.Length} bytes; {LengthBytes} are needed")
            : Ed25519.IsValidPublicKey(bytes)
                ? new PublicKey(bytes.ToArray())
                : throw new NpkException(NpkRules.PublicKeyInvalid, "load a public key: the bytes are no valid Ed25519 public key; was the file damaged?");

    /// <summary>Verifies a signature over a message; strict (see npk-format, 7.3).</summary>
    internal bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => Ed25519.Verify(_bytes, message, signature);

    /// <summary>Compares the bytes.</summary>
    public bool Equals(PublicKey? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>Returns <see cref="Id"/>.</summary>
    public override string ToString() => Id;
}
