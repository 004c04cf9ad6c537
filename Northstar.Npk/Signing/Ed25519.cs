// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Northstar.Npk.Signing;

/// <summary>Ed25519 (RFC 8032) by libsodium. Everything else in the library sees only these four functions.</summary>
/// <remarks>
/// libsodium verifies strictly: S below the group order, canonical encodings, no key and no R of small order, the equation without cofactor.
/// </remarks>
internal static partial class Ed25519
{
    internal const int SeedLength = 32;
    internal const int PublicKeyLength = 32;
    internal const int SignatureLength = 64;

    private const string Library = "libsodium";
    private const int SecretKeyLength = 64;
    private static readonly string[] s_fileNames = ["libsodium.so.23", "libsodium.so.26", "libsodium.so"];

    static Ed25519()
    {
        NativeLibrary.SetDllImportResolver(typeof(Ed25519).Assembly, Resolve);
    }

    /// <summary>Tells whether the bytes are the canonical encoding of a point of the prime-order group.</summary>
    internal static bool IsValidPublicKey(ReadOnlySpan<byte> publicKey)
    {
        Initialize();
        return publicKey.Length == PublicKeyLength && crypto_core_ed25519_is_valid_point(publicKey) == 1;
    }

    /// <summary>Computes the public key that belongs to a seed.</summary>
    internal static void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Span<byte> secretKey = stackalloc byte[SecretKeyLength];
        Expand(seed, publicKey, secretKey);
        CryptographicOperations.ZeroMemory(secretKey);
    }

    /// <summary>Signs a message.</summary>
    internal static void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, SignatureLength);
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        Span<byte> secretKey = stackalloc byte[SecretKeyLength];
        Expand(seed, publicKey, secretKey);
        int result = crypto_sign_ed25519_detached(signature, 0, message, (ulong)message.Length, secretKey);
        CryptographicOperations.ZeroMemory(secretKey);
        if (result != 0)
        {
            throw new CryptographicException("libsodium refused to sign");
        }
    }

    /// <summary>Verifies a signature strictly.</summary>
    internal static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Initialize();
        return publicKey.Length == PublicKeyLength && signature.Length == SignatureLength
            && crypto_sign_ed25519_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }

    private static void Expand(ReadOnlySpan<byte> seed, Span<byte> publicKey, Span<byte> secretKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, PublicKeyLength);
        Initialize();
        if (crypto_sign_ed25519_seed_keypair(publicKey, secretKey, seed) != 0)
        {
            throw new CryptographicException("libsodium refused to derive a public key");
        }
    }

    private static void Initialize()
    {
        try
        {
            if (sodium_init() < 0)
            {
                throw new NpkException(NpkRules.LibraryFailed, "initialize libsodium: it has no source of random numbers");
            }
        }
        catch (DllNotFoundException exception)
        {
            throw new NpkException(
                NpkRules.LibraryMissing, "load libsodium: it was not found; install it (package libsodium23 on Debian)", innerException: exception);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        foreach (string fileName in s_fileNames)
        {
            if (name == Library && NativeLibrary.TryLoad(fileName, assembly, searchPath, out IntPtr library))
            {
                return library;
            }
        }

        return IntPtr.Zero;
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial int crypto_core_ed25519_is_valid_point(ReadOnlySpan<byte> p);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_seed_keypair(Span<byte> pk, Span<byte> sk, ReadOnlySpan<byte> seed);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_detached(
        Span<byte> sig, nint siglen_p, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> sk);

    [LibraryImport(Library)]
    private static partial int crypto_sign_ed25519_verify_detached(
        ReadOnlySpan<byte> sig, ReadOnlySpan<byte> m, ulong mlen, ReadOnlySpan<byte> pk);
}
