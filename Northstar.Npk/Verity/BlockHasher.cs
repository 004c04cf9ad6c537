// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;

namespace Northstar.Npk.Verity;

/// <summary>Hashes blocks with the salt in front of each. Not thread safe: every worker has its own.</summary>
internal sealed class BlockHasher : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _message;
    private readonly int _saltLength;

    internal BlockHasher(byte[] salt)
    {
        _message = [.. salt, .. new byte[HashTreeLayout.BlockLength]];
        _saltLength = salt.Length;
    }

    internal void Hash(ReadOnlySpan<byte> block, Span<byte> digest)
    {
        // Copying within the cache costs less than a second call into the library.
        block.CopyTo(_message.AsSpan(_saltLength));
        _hash.AppendData(_message);
        _hash.GetHashAndReset(digest);
    }

    public void Dispose() => _hash.Dispose();
}
