// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Npk.Signing;

namespace Northstar.Npk;

/// <summary>Reads and writes key files: raw bytes, a 32-byte seed in <c>NAME.key</c>, a 32-byte public key in <c>NAME.pub</c>.</summary>
public static class KeyFiles
{
    /// <summary>Reads a public key file, which must have exactly 32 bytes.</summary>
    /// <exception cref="NpkException">The file cannot be read or is no public key (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PublicKey ReadPublicKey(string path)
    {
        Span<byte> bytes = stackalloc byte[PublicKey.LengthBytes + 1];
        int count = Read(path, bytes);
        if (count != PublicKey.LengthBytes)
        {
            string found = count < PublicKey.LengthBytes ? $"only {count}" : "more than 32";
            throw new NpkException(NpkRules.PublicKeyLength, $"read public key {path}: it has {found} bytes; exactly 32 raw bytes are needed");
        }

        bytes = bytes[..count];
        return Ed25519.IsValidPublicKey(bytes)
            ? PublicKey.FromBytes(bytes)
            : throw new NpkException(
                NpkRules.PublicKeyInvalid, $"read public key {path}: {NpkRules.PublicKeyInvalid.Meaning}; was the file damaged?");
    }

    /// <summary>Reads the seed from a private key file: its first 32 bytes; what follows is ignored. The caller disposes the key.</summary>
    /// <exception cref="NpkException">The file cannot be read or is too short (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PrivateKey ReadPrivateKey(string path)
    {
        Span<byte> seed = stackalloc byte[PrivateKey.SeedLengthBytes];
        try
        {
            int count = Read(path, seed);
            if (count != seed.Length)
            {
                throw new NpkException(NpkRules.PrivateKeyLength, $"read private key {path}: it has only {count} bytes; 32 raw bytes are needed");
            }

            return seed.ContainsAnyExcept((byte)0)
                ? PrivateKey.FromSeed(seed)
                : throw new NpkException(NpkRules.PrivateKeyZero, $"read private key {path}: it has only zeros; was the file damaged?");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Makes a new key pair and writes <c>NAME.key</c> (mode 0600) and <c>NAME.pub</c> into an existing directory.</summary>
    /// <exception cref="NpkException">One of the files exists or cannot be written (<see cref="NpkErrorCode.Key"/>). Nothing is left behind.
    /// </exception>
    public static PublicKey Generate(string directory, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string publicPath = Path.Combine(directory, name + ".pub");
        string privatePath = Path.Combine(directory, name + ".key");
        if (Path.Exists(publicPath) || Path.Exists(privatePath))
        {
            throw new NpkException(
                NpkRules.KeyExists, $"write key {(Path.Exists(publicPath) ? publicPath : privatePath)}: the file exists; choose another name");
        }

        using PrivateKey key = PrivateKey.Generate();
        Create(privatePath, key.Seed, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            Create(
                publicPath, key.PublicKey.Bytes,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (NpkException)
        {
            File.Delete(privatePath);
            throw;
        }

        return key.PublicKey;
    }

    private static int Read(string path, Span<byte> buffer)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.KeyUnreadable, $"read key {path}: {exception.Message}", innerException: exception);
        }
    }

    private static void Create(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        bool created = false;
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using FileStream stream = new(path, options);
            created = true;
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (created)
            {
                File.Delete(path);
            }

            throw new NpkException(NpkRules.KeyUnwritable, $"write key {path}: {exception.Message}", innerException: exception);
        }
    }
}
