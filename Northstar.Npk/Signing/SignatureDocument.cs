// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Northstar.Npk.Archive;

namespace Northstar.Npk.Signing;

/// <summary>
/// <c>signature.yaml</c>: the hashes document, three dashes, and the Ed25519 signature over the bytes of the former. Only the exact text that
/// packers write is read: fixed keys in fixed order, lower-case hex, a canonical decimal offset.
/// </summary>
internal sealed record SignatureDocument(byte[] MetaHash, byte[] ManifestHash, RootHash VerityHash, long VerityOffsetBytes)
{
    private const int HashLength = 32;
    private static ReadOnlySpan<byte> Dashes => "---"u8;

    /// <summary>Finds the signed bytes and the signature; reads nothing of what is signed.</summary>
    internal static int Split(PackageFile file, ReadOnlySpan<byte> document, Span<byte> signature)
    {
        int dashes = document.IndexOf(Dashes);
        if (dashes < 0)
        {
            throw Malformed(file, NpkRules.SignatureNoDashes, 0);
        }

        ReadOnlySpan<byte> rest = document[(dashes + Dashes.Length)..];
        ReadOnlySpan<byte> prefix = "\nsignature: "u8;
        int textLength = Base64.GetMaxEncodedToUtf8Length(Ed25519.SignatureLength);
        if (rest.EndsWith("\n"u8) && rest.Length == prefix.Length + textLength + 1)
        {
            rest = rest[..^1]; // the only liberty: a final line feed, which an editor may add
        }

        if (rest.Length != prefix.Length + textLength || !rest.StartsWith(prefix))
        {
            throw Malformed(file, NpkRules.SignatureForm, dashes);
        }

        // Decoding skips white space and unused bits, so what was decoded is encoded again and compared.
        Span<byte> canonical = stackalloc byte[textLength];
        Base64.DecodeFromUtf8(rest[prefix.Length..], signature, out _, out int count);
        Base64.EncodeToUtf8(signature, canonical, out _, out _);
        return count == Ed25519.SignatureLength && canonical.SequenceEqual(rest[prefix.Length..])
            ? dashes
            : throw Malformed(file, NpkRules.SignatureBase64, dashes);
    }

    /// <summary>Reads the signed bytes. Call it after the signature was verified.</summary>
    internal static SignatureDocument Parse(PackageFile file, ReadOnlySpan<byte> signed)
    {
        Cursor cursor = new(file, signed);
        cursor.Skip("meta:\n  hash: "u8);
        byte[] meta = cursor.Hash();
        cursor.Skip("\nmanifest.yaml:\n  hash: "u8);
        byte[] manifest = cursor.Hash();
        cursor.Skip("\nfs.img:\n  verity-hash: "u8);
        byte[] root = cursor.Hash();
        cursor.Skip("\n  verity-offset: "u8);
        long offset = cursor.Number();
        cursor.Skip("\n"u8);
        cursor.End();
        return new SignatureDocument(meta, manifest, new RootHash(root), offset);
    }

    /// <summary>Returns how many bytes <c>signature.yaml</c> has with a verity offset.</summary>
    internal static int EncodedLength(long verityOffsetBytes)
    {
        byte[] hash = new byte[HashLength];
        return Join(new SignatureDocument(hash, hash, new RootHash(hash), verityOffsetBytes).SignedText(), new byte[Ed25519.SignatureLength]).Length;
    }

    /// <summary>Makes the text of <c>signature.yaml</c>.</summary>
    internal byte[] Encode(IPackageSigner signer)
    {
        string signed = SignedText();
        byte[] message = Encoding.ASCII.GetBytes(signed);
        byte[] signature = signer.Sign(message);
        return signer.PublicKey.Verify(message, signature) ? Join(signed, signature) : throw new NpkException(
            NpkRules.SignerWrong, $"sign the package: the signature does not verify with the public key {signer.PublicKey.Id}; was it made with another key?");
    }

    private string SignedText() => string.Create(
        CultureInfo.InvariantCulture,
        $"meta:\n  hash: {Convert.ToHexStringLower(MetaHash)}\nmanifest.yaml:\n  hash: {Convert.ToHexStringLower(ManifestHash)}\n"
        + $"fs.img:\n  verity-hash: {VerityHash}\n  verity-offset: {VerityOffsetBytes}\n");

    private static byte[] Join(string signed, byte[] signature) =>
        Encoding.ASCII.GetBytes($"{signed}---\nsignature: {Convert.ToBase64String(signature)}");

    private static NpkException Malformed(PackageFile file, NpkRule rule, long offset) =>
        file.Error(rule, entry: StoredEntry.SignatureName, offsetBytes: offset);

    /// <summary>Reads fixed text, hashes and a number one after the other.</summary>
    private ref struct Cursor(PackageFile file, ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _position;

        internal void Skip(ReadOnlySpan<byte> expected)
        {
            if (!_text[_position..].StartsWith(expected))
            {
                throw Error(NpkRules.HashesText, $"'{Encoding.ASCII.GetString(expected).ReplaceLineEndings("\\n")}' is expected");
            }

            _position += expected.Length;
        }

        internal byte[] Hash()
        {
            ReadOnlySpan<byte> rest = _text[_position..];
            Span<char> digits = stackalloc char[2 * HashLength];
            byte[] hash = new byte[HashLength];
            bool complete = rest.Length >= digits.Length;
            if (complete)
            {
                Encoding.Latin1.GetChars(rest[..digits.Length], digits);
            }

            if (!complete || digits.ContainsAnyInRange('A', 'F')
                || Convert.FromHexString(digits, hash, out _, out _) != System.Buffers.OperationStatus.Done)
            {
                throw Error(NpkRules.HashesDigits);
            }

            _position += 2 * HashLength;
            return hash;
        }

        internal long Number()
        {
            ReadOnlySpan<byte> rest = _text[_position..];
            int length = Math.Max(0, rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9'));
            if (length == 0 || (length > 1 && rest[0] == (byte)'0')
                || !long.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                throw Error(NpkRules.HashesNumber);
            }

            _position += length;
            return number;
        }

        internal readonly void End()
        {
            if (_position != _text.Length)
            {
                throw Error(NpkRules.HashesRest);
            }
        }

        private readonly NpkException Error(NpkRule rule, string? cause = null) =>
            file.Error(rule, cause, StoredEntry.SignatureName, _position);
    }
}
