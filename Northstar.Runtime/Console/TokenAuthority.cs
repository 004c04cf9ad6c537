// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Console;

/// <summary>Creates and verifies tokens. They are worth nothing to another process: the key is made anew and never leaves.</summary>
/// <remarks>
/// Token: offset 0, 8 bytes: seconds since the first use, big endian; offset 8, 32 bytes: H(milliseconds as 16 bytes | H(user) | H(target) | H(shared)),
/// H being HMAC-SHA-256. Source: chapter 14 of the protocol. Thread safe.
/// </remarks>
internal sealed class TokenAuthority
{
    private const int MacOffset = sizeof(ulong);
    private const int MacLength = HMACSHA256.HashSizeInBytes;
    private const int TimeLength = 16;
    private const int MillisecondsPerSecond = 1000;

    /// <summary>Made when the first token is asked for: few devices use tokens, and the random source brings a large library into memory.</summary>
    private readonly Lazy<byte[]> _key;
    private readonly TimeProvider _time;
    private long _origin = long.MinValue;

    internal TokenAuthority(TimeProvider time)
        : this(time, new Lazy<byte[]>(static () => RandomNumberGenerator.GetBytes(MacLength)))
    {
    }

    internal TokenAuthority(TimeProvider time, byte[] key)
        : this(time, new Lazy<byte[]>(key))
    {
    }

    private TokenAuthority(TimeProvider time, Lazy<byte[]> key) => (_time, _key) = (time, key);

    /// <summary>Creates a token by which <paramref name="user"/> proves its name to <paramref name="target"/>.</summary>
    internal Token Create(ContainerName user, ContainerName target, ReadOnlySpan<byte> shared)
    {
        Span<byte> token = stackalloc byte[Token.LengthBytes];
        ulong now = Now();
        BinaryPrimitives.WriteUInt64BigEndian(token, now);
        Sign(now, user, target, shared, token[MacOffset..]);
        return new Token(token);
    }

    /// <summary>Verifies a token. The time comes first: an old token is expired, whoever made it.</summary>
    internal TokenVerification Verify(Token token, ContainerName user, ContainerName target, ReadOnlySpan<byte> shared, TimeSpan validity)
    {
        ulong now = Now();
        ulong created = BinaryPrimitives.ReadUInt64BigEndian(token.Bytes);
        if (created > now)
        {
            return TokenVerification.Future;
        }

        if (TimeSpan.FromSeconds((long)(now - created)) > validity)
        {
            return TokenVerification.Expired;
        }

        Span<byte> mac = stackalloc byte[MacLength];
        Sign(created, user, target, shared, mac);
        return CryptographicOperations.FixedTimeEquals(mac, token.Bytes[MacOffset..]) ? TokenVerification.Ok : TokenVerification.Invalid;
    }

    private void Sign(ulong seconds, ContainerName user, ContainerName target, ReadOnlySpan<byte> shared, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[TimeLength + (3 * MacLength)];
        BinaryPrimitives.WriteUInt128BigEndian(text, (UInt128)seconds * MillisecondsPerSecond);
        Span<byte> parts = text[TimeLength..];
        HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(user.ToString()), parts);
        HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(target.ToString()), parts[MacLength..]);
        HMACSHA256.HashData(_key.Value, shared, parts[(2 * MacLength)..]);
        HMACSHA256.HashData(_key.Value, text, mac);
    }

    /// <summary>Whole seconds since the first use.</summary>
    private ulong Now()
    {
        long now = _time.GetTimestamp();
        long origin = Interlocked.CompareExchange(ref _origin, now, long.MinValue);
        return origin == long.MinValue ? 0 : (ulong)Math.Max(0, _time.GetElapsedTime(origin, now).Ticks / TimeSpan.TicksPerSecond);
    }
}
