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
    private const int NonceShift = 32;

    /// <summary>Made when the first token is asked for: few devices use tokens, and the random source brings a large library into memory.</summary>
    private readonly Lazy<byte[]> _key;
    private readonly TimeProvider _time;
    private readonly UsedTokens? _used;
    private long _origin = long.MinValue;
    private uint _nonce;

    /// <summary>Makes an authority with a key of its own.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="isSingleUse">Whether a token is verified once only. Two tokens of one second then differ by a number in the upper half of the time.</param>
    internal TokenAuthority(TimeProvider time, bool isSingleUse = false)
        : this(time, new Lazy<byte[]>(static () => RandomNumberGenerator.GetBytes(MacLength))) => _used = isSingleUse ? new UsedTokens() : null;

    internal TokenAuthority(TimeProvider time, byte[] key)
        : this(time, new Lazy<byte[]>(key))
    {
    }

    private TokenAuthority(TimeProvider time, Lazy<byte[]> key) => (_time, _key) = (time, key);

    /// <summary>Creates a token by which <paramref name="user"/> proves its name to <paramref name="target"/>.</summary>
    /// <param name="user">The name of who asks.</param>
    /// <param name="target">The name of who will verify it.</param>
    /// <param name="shared">Bytes that tie it to one use.</param>
    /// <param name="instance">What the user is beside its name, or null when names are all that counts.</param>
    internal Token Create(ContainerName user, ContainerName target, ReadOnlySpan<byte> shared, string? instance = null)
    {
        Span<byte> token = stackalloc byte[Token.LengthBytes];
        ulong stamp = Now() | (_used is null ? 0 : (ulong)Interlocked.Increment(ref _nonce) << NonceShift);
        BinaryPrimitives.WriteUInt64BigEndian(token, stamp);
        Sign(stamp, user, target, shared, instance, token[MacOffset..]);
        return new Token(token);
    }

    /// <summary>Forgets the key.</summary>
    internal void Forget()
    {
        if (_key.IsValueCreated)
        {
            CryptographicOperations.ZeroMemory(_key.Value);
        }
    }

    /// <summary>Verifies a token. The time comes first: an old token is expired, whoever made it.</summary>
    internal TokenVerification Verify(
        Token token, ContainerName user, ContainerName target, ReadOnlySpan<byte> shared, TimeSpan validity, string? instance = null)
    {
        ulong now = Now();
        ulong stamp = BinaryPrimitives.ReadUInt64BigEndian(token.Bytes);
        ulong created = _used is null ? stamp : stamp & uint.MaxValue;
        if (created > now)
        {
            return TokenVerification.Future;
        }

        if (TimeSpan.FromSeconds((long)(now - created)) > validity)
        {
            return TokenVerification.Expired;
        }

        Span<byte> mac = stackalloc byte[MacLength];
        Sign(stamp, user, target, shared, instance, mac);
        return CryptographicOperations.FixedTimeEquals(mac, token.Bytes[MacOffset..]) && (_used?.TryUse(token, created, now, validity) ?? true)
            ? TokenVerification.Ok : TokenVerification.Invalid;
    }

    private void Sign(ulong stamp, ContainerName user, ContainerName target, ReadOnlySpan<byte> shared, string? instance, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[TimeLength + (3 * MacLength)];
        BinaryPrimitives.WriteUInt128BigEndian(text, (UInt128)stamp * MillisecondsPerSecond);
        Span<byte> parts = text[TimeLength..];
        HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(instance is null ? user.ToString() : $"{user}\0{instance}"), parts);
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
