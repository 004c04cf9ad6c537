// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The root hash of a dm-verity hash tree: 32 bytes of SHA-256. Immutable; equal when the bytes are.</summary>
public sealed class RootHash : IEquatable<RootHash>
{
    private readonly byte[] _bytes;

    internal RootHash(byte[] bytes) => _bytes = bytes;

    /// <summary>Gets the 32 bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Compares the bytes.</summary>
    public bool Equals(RootHash? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RootHash);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>Returns 64 lower-case hex digits, as the device-mapper table wants them.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);
}
