// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Keys whose private half is public: whoever accepts one accepts packages of everybody.</summary>
internal static class DevelopmentKeys
{
    private static readonly Dictionary<string, string> s_known = Known();

    /// <summary>Returns which of some keys are known, and what they are.</summary>
    internal static IEnumerable<(PublicKey Key, string Name)> Find(IEnumerable<PublicKey> keys)
    {
        foreach (PublicKey key in keys)
        {
            if (s_known.TryGetValue(Convert.ToHexStringLower(key.Bytes), out string? name))
            {
                yield return (key, name);
            }
        }
    }

    private static Dictionary<string, string> Known() => new(StringComparer.Ordinal)
    {
        ["25a4bf4f4550116abd766bdec8e50d328798ae81f7a7ef06a1ece21e9e519a15"] = "the example key of the samples",
        // RFC 8032, section 7.1
        ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"] = "that of test 1 of RFC 8032",
        ["3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"] = "that of test 2 of RFC 8032",
        ["fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"] = "that of test 3 of RFC 8032",
        ["278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"] = "that of test 1024 of RFC 8032",
        ["ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"] = "that of the test SHA(abc) of RFC 8032",
        // seeds that people type or that a broken generator gives
        ["3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"] = "that of a seed of zeros",
        ["03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"] = "that of the seed 00 01 02 ... 1f",
    };
}
