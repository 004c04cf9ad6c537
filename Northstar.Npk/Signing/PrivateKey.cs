// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk.Signing;

namespace Northstar.Npk;

/// <summary>The private half of an Ed25519 key, kept as its 32-byte seed (RFC 8032 section 5.1.5). Disposing wipes the seed.</summary>
/// <remarks>Safe for use by several threads until disposed.</remarks>
public sealed class PrivateKey : IPackageSigner, IDisposable
{
    /// <summary>The length of a seed in bytes.</summary>
    public const int SeedLengthBytes = Ed25519.SeedLength;

    private readonly byte[] _seed = GC.AllocateArray<byte>(SeedLengthBytes, pinned: true);
    private bool _disposed;

    private PrivateKey(ReadOnlySpan<byte> seed)
    {
        seed.CopyTo(_seed);
        try
        {
            Span<byte> publicKey = stackalloc byte[PublicKey.LengthBytes];
            Ed25519.GetPublicKey(_seed, publicKey);
            PublicKey = PublicKey.FromBytes(publicKey);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets the public half. It stays usable after <see cref="Dispose"/>.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Makes a key from a copy of its 32-byte seed.</summary>
    /// <exception cref="NpkException">The seed has another length (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PrivateKey FromSeed(ReadOnlySpan<byte> seed) =>
        seed.Length == SeedLengthBytes
            ? new PrivateKey(seed)
            : throw new NpkException(NpkRules.PrivateKeyLength, $"load a private key: it has {seed.Length} bytes; {SeedLengthBytes} are needed");

    /// <summary>Makes a new key from the random numbers of the operating system.</summary>
    public static PrivateKey Generate()
    {
        Span<byte> seed = stackalloc byte[SeedLengthBytes];
        try
        {
            RandomNumberGenerator.Fill(seed);
            return new PrivateKey(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[Ed25519.SignatureLength];
        Ed25519.Sign(Seed, message, signature);
        return signature;
    }

    /// <summary>Wipes the seed.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_seed);
        _disposed = true;
    }

    /// <summary>Gets the seed, for the file.</summary>
    internal ReadOnlySpan<byte> Seed
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _seed;
        }
    }
}
