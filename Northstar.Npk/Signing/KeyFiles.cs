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
        using FileStream stream = Open(path);
        int count = Read(stream, path, bytes);
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
    /// <param name="path">The file; <c>/dev/fd/N</c> for an inherited descriptor.</param>
    /// <param name="warning">Told when users other than the owner can read or write the file; null for nothing.</param>
    /// <exception cref="NpkException">The file cannot be read or is too short (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PrivateKey ReadPrivateKey(string path, Action<string>? warning = null)
    {
        using FileStream stream = Open(path);
        if (warning is not null && stream.CanSeek && !OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(stream.SafeFileHandle);
            if ((mode & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                warning($"the private key {path} is open to other users, its mode is 0{Convert.ToString((int)mode, 8)}; chmod 600 is right");
            }
        }

        return ReadPrivateKey(stream, path);
    }

    /// <summary>Reads the seed from a stream, for example standard input: its first 32 bytes. The caller disposes the key.</summary>
    /// <param name="stream">Where from; a stream that keeps no copy in a buffer of its own.</param>
    /// <param name="displayName">What errors call it.</param>
    /// <exception cref="NpkException">The stream cannot be read or is too short (<see cref="NpkErrorCode.Key"/>).</exception>
    public static PrivateKey ReadPrivateKey(Stream stream, string displayName)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> seed = stackalloc byte[PrivateKey.SeedLengthBytes];
        try
        {
            int count = Read(stream, displayName, seed);
            if (count != seed.Length)
            {
                throw new NpkException(NpkRules.PrivateKeyLength, $"read private key {displayName}: it has only {count} bytes; 32 raw bytes are needed");
            }

            return seed.ContainsAnyExcept((byte)0)
                ? PrivateKey.FromSeed(seed)
                : throw new NpkException(NpkRules.PrivateKeyZero, $"read private key {displayName}: it has only zeros; was the file damaged?");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>
    /// Makes a new key pair and writes <c>NAME.key</c> (mode 0600) and <c>NAME.pub</c> into an existing directory. Each appears whole or not at
    /// all, and nothing that has the name is replaced.
    /// </summary>
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

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.KeyUnreadable, $"read key {path}: {exception.Message}", innerException: exception);
        }
    }

    private static int Read(Stream stream, string name, Span<byte> buffer)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.KeyUnreadable, $"read key {name}: {exception.Message}", innerException: exception);
        }
    }

    /// <summary>Writes under another name and gives the file its own name once it is on the disk; a file that has it stays.</summary>
    private static void Create(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        try
        {
            using (FileStream stream = new(temporary, options))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.KeyUnwritable, $"write key {path}: {exception.Message}", innerException: exception);
        }
        finally
        {
            Remove(temporary);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The directory is missing or not writable, so there is nothing to remove; the first error is the one to tell.
        }
    }
}
