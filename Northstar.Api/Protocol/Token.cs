// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Northstar.Api;

/// <summary>A token: 40 opaque bytes by which one container proves its name to another. Text form: base64, 56 characters.</summary>
public sealed class Token : IEquatable<Token>
{
    /// <summary>The length of a token in bytes.</summary>
    public const int LengthBytes = 40;

    private readonly byte[] _bytes;

    /// <summary>Makes a token of its bytes, which are copied.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> are not <see cref="LengthBytes"/>.</exception>
    public Token(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthBytes)
        {
            throw new ArgumentException($"a token has {LengthBytes} bytes, not {bytes.Length}", nameof(bytes));
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>Gets the bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Reads the text form and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? base64, [NotNullWhen(true)] out Token? token)
    {
        token = StrictBase64.TryDecode(base64, out byte[]? bytes) && bytes.Length == LengthBytes ? new Token(bytes) : null;
        return token is not null;
    }

    /// <summary>Returns the text form.</summary>
    public string ToBase64() => Convert.ToBase64String(_bytes);

    /// <summary>Compares all bytes in constant time.</summary>
    public bool Equals(Token? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <summary>Compares all bytes in constant time.</summary>
    public override bool Equals(object? obj) => Equals(obj as Token);

    /// <summary>Returns a hash.</summary>
    public override int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(LengthBytes - 4));

    /// <summary>Returns a text without the bytes, so that a log does not keep them; see <see cref="ToBase64"/>.</summary>
    public override string ToString() => "token";
}

/// <summary>The outcome of a token's verification.</summary>
public enum TokenVerification
{
    /// <summary>The token is good.</summary>
    Ok,

    /// <summary>It was not made by this runtime for this user, target and shared bytes.</summary>
    Invalid,

    /// <summary>It is too old.</summary>
    Expired,

    /// <summary>Its time has not come yet.</summary>
    Future,
}
