// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Console;

/// <summary>Counts the connections of a listener. Thread safe.</summary>
internal sealed class ConsoleAdmission(uint most, uint mostPerUid)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, uint> _perUid = [];
    private uint _count;

    /// <summary>Counts a connection, or says why there is no place for it.</summary>
    /// <param name="uid">The user at the other end, or null when nobody knows.</param>
    internal string? TryEnter(uint? uid)
    {
        lock (_lock)
        {
            if (most > 0 && _count >= most)
            {
                return "the limit of connections is reached";
            }

            if (uid is { } id)
            {
                uint own = _perUid.GetValueOrDefault(id);
                if (mostPerUid > 0 && own >= mostPerUid)
                {
                    return "the limit of connections of its user is reached";
                }

                _perUid[id] = own + 1;
            }

            _count++;
            return null;
        }
    }

    /// <summary>Gives the place of a connection back.</summary>
    internal void Leave(uint? uid)
    {
        lock (_lock)
        {
            _count--;
            if (uid is { } id && --_perUid[id] == 0)
            {
                _perUid.Remove(id);
            }
        }
    }
}
