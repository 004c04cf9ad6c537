// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;

namespace Northstar.Runtime.Console;

/// <summary>Tokens that were verified and must not be again. Bounded: when it is full of tokens that are still valid, further ones are refused. Thread safe.</summary>
internal sealed class UsedTokens
{
    /// <summary>The most tokens that are remembered.</summary>
    internal const int MaxTokens = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<Token, ulong> _tokens = [];

    /// <summary>Uses a token. False when that happened before.</summary>
    internal bool TryUse(Token token, ulong created, ulong now, TimeSpan validity)
    {
        lock (_lock)
        {
            if (_tokens.Count >= MaxTokens)
            {
                // Expired ones are refused by their age alone.
                foreach ((Token old, ulong end) in _tokens)
                {
                    if (end < now)
                    {
                        _tokens.Remove(old);
                    }
                }
            }

            return _tokens.Count < MaxTokens && _tokens.TryAdd(token, created + (ulong)Math.Ceiling(validity.TotalSeconds));
        }
    }
}
