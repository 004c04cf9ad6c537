// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace Northstar.Api;

/// <summary>Base64 in its one canonical form: standard alphabet, padded, no white space.</summary>
internal static class StrictBase64
{
    internal static bool TryDecode([NotNullWhen(true)] string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null || text.Length % 4 != 0)
        {
            return false;
        }

        byte[] decoded = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64String(text, decoded, out int written))
        {
            return false;
        }

        // The decoder tolerates blanks and stray bits in the last character: only what encodes back to the same text is canonical.
        Array.Resize(ref decoded, written);
        if (Convert.ToBase64String(decoded) != text)
        {
            return false;
        }

        bytes = decoded;
        return true;
    }
}
