// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Northstar.Npk.Signing;

namespace Northstar.Npk;

/// <summary>
/// Keys that may sign packages, as a root key vouches for them: who has the root key changes them without touching a configuration. Immutable.
/// </summary>
/// <remarks>
/// A text of ASCII characters: <c>northstar keys 1</c>, <c>serial N</c>, a line <c>key BASE64</c> for each key, which may go on with
/// <c>names=PATTERN,...</c>, <c>class=WORD</c> and <c>not-after=2030-01-31T00:00:00Z</c>, and last <c>signature BASE64</c>: Ed25519 over
/// everything before that line. Empty lines and those that begin with <c>#</c> are signed and otherwise without meaning. A later list has a
/// higher serial.
/// </remarks>
public sealed class KeyList
{
    /// <summary>The largest list, in bytes.</summary>
    public const int MaxLengthBytes = 1 << 20;

    /// <summary>What no signed part of a package begins with: a signature of one is never one of the other.</summary>
    private const string Head = "northstar keys 1\n";

    private readonly Dictionary<PublicKey, ListedKey> _keys;

    private KeyList(long serial, Dictionary<PublicKey, ListedKey> keys, string digest) => (Serial, _keys, Digest) = (serial, keys, digest);

    /// <summary>Gets the number of the list, 1 or more.</summary>
    public long Serial { get; }

    /// <summary>Gets the keys, at least one.</summary>
    public IReadOnlyCollection<ListedKey> Keys => _keys.Values;

    /// <summary>Gets SHA-256 of what is signed, 64 lower-case hex digits: lists of one serial that differ are told apart.</summary>
    public string Digest { get; }

    /// <summary>Reads a list, once the signature of one of the root keys is verified.</summary>
    /// <param name="bytes">The bytes of the file.</param>
    /// <param name="roots">The root keys.</param>
    /// <param name="displayName">What errors call it.</param>
    /// <exception cref="NpkException">No root key signed it, or it has another form (<see cref="NpkErrorCode.Key"/>).</exception>
    public static KeyList Parse(ReadOnlySpan<byte> bytes, IEnumerable<PublicKey> roots, string displayName)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (bytes.Length > MaxLengthBytes)
        {
            throw Malformed(displayName, $"it has more than {MaxLengthBytes} bytes");
        }

        int length = SignedLength(bytes);
        byte[] message = bytes[..length].ToArray();
        byte[]? signature = ReadSignature(bytes[length..]);
        return signature is not null && roots.Any(root => root.Verify(message, signature))
            ? ParseSigned(message, displayName)
            : throw new NpkException(NpkRules.KeyListSignature, $"read the list of keys {displayName}: {NpkRules.KeyListSignature.Meaning}");
    }

    /// <summary>Signs a list. A signature that it has is replaced.</summary>
    /// <param name="text">The list, with or without signature.</param>
    /// <param name="root">The root key.</param>
    /// <param name="displayName">What errors call it.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="NpkException">The list has another form, or the signer does not sign with its key (<see cref="NpkErrorCode.Key"/>).</exception>
    public static byte[] Sign(ReadOnlySpan<byte> text, IPackageSigner root, string displayName)
    {
        ArgumentNullException.ThrowIfNull(root);
        byte[] signed = text[..SignedLength(text)].ToArray();
        ParseSigned(signed, displayName);
        byte[] signature = root.Sign(signed);
        return root.PublicKey.Verify(signed, signature)
            ? [.. signed, .. Encoding.ASCII.GetBytes($"signature {Convert.ToBase64String(signature)}\n")]
            : throw new NpkException(
                NpkRules.SignerWrong, $"sign the list of keys {displayName}: the signature does not verify with the public key {root.PublicKey.Id}");
    }

    /// <summary>Finds a key.</summary>
    public ListedKey? Find(PublicKey key) => _keys.GetValueOrDefault(key);

    /// <summary>Returns where the last line begins, if that is a signature; else the whole length.</summary>
    private static int SignedLength(ReadOnlySpan<byte> bytes)
    {
        int start = bytes.LastIndexOf("\nsignature "u8) + 1;
        return start > 0 ? start : bytes.Length;
    }

    private static byte[]? ReadSignature(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> prefix = "signature "u8;
        Span<byte> signature = stackalloc byte[Ed25519.SignatureLength];
        if (!line.StartsWith(prefix))
        {
            return null;
        }

        // Only what the packer writes: decoding would skip white space.
        ReadOnlySpan<byte> text = line[prefix.Length..];
        Base64.DecodeFromUtf8(text.TrimEnd((byte)'\n'), signature, out _, out int count);
        return count == signature.Length && text.SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToBase64String(signature) + "\n")) ? signature.ToArray() : null;
    }

    private static KeyList ParseSigned(byte[] signed, string displayName)
    {
        string text = Encoding.Latin1.GetString(signed);
        if (!text.StartsWith(Head, StringComparison.Ordinal) || !text.EndsWith('\n'))
        {
            throw Malformed(displayName, $"it does not begin with the line \"{Head.TrimEnd()}\", or its last line is cut off");
        }

        var keys = new Dictionary<PublicKey, ListedKey>();
        long serial = 0;
        int number = 1;
        foreach (string line in text.Split('\n')[1..^1])
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            try
            {
                if (serial == 0)
                {
                    serial = KeyListLine.ParseSerial(line);
                    continue;
                }

                ListedKey key = KeyListLine.ParseKey(line);
                if (!keys.TryAdd(key.Key, key))
                {
                    throw new FormatException($"the key {key.Key.Id} is in it twice");
                }
            }
            catch (FormatException e)
            {
                throw Malformed(displayName, $"line {number}: {e.Message}");
            }
        }

        return keys.Count > 0
            ? new KeyList(serial, keys, Convert.ToHexStringLower(SHA256.HashData(signed)))
            : throw Malformed(displayName, "it has no key");
    }

    private static NpkException Malformed(string displayName, string cause) => new(NpkRules.KeyListForm, $"read the list of keys {displayName}: {cause}");
}
