// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;

namespace Northstar.Npk.Verity;

/// <summary>Hashes blocks with the salt in front of each. Not thread safe: every worker has its own.</summary>
internal sealed class BlockHasher(byte[] salt) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal void Hash(ReadOnlySpan<byte> block, Span<byte> digest)
    {
        _hash.AppendData(salt);
        _hash.AppendData(block);
        _hash.GetHashAndReset(digest);
    }

    public void Dispose() => _hash.Dispose();
}
