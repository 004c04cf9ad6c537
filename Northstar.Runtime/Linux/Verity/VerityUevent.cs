// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>The kernel's word that a block did not match its hash: a uevent of the device with <c>DM_VERITY_ERR_BLOCK_NR=TYPE,BLOCK</c>.</summary>
/// <param name="Device">The number of the device, as mknod(2) takes it.</param>
/// <param name="Block">The block, for people.</param>
internal sealed record VerityUevent(ulong Device, string Block)
{
    private const string ErrorKey = "DM_VERITY_ERR_BLOCK_NR=";

    /// <summary>Reads a message: <c>ACTION@PATH</c> and <c>KEY=VALUE</c> texts, each with a zero behind it. Null when it is about anything else.</summary>
    internal static VerityUevent? TryParse(ReadOnlySpan<byte> message)
    {
        string? error = null;
        uint? major = null, minor = null;
        foreach (Range range in message.Split((byte)0))
        {
            ReadOnlySpan<byte> text = message[range];
            if (text.StartsWith("DM_VERITY_ERR_BLOCK_NR="u8))
            {
                error = Encoding.ASCII.GetString(text[ErrorKey.Length..]);
            }
            else if (text.StartsWith("MAJOR="u8))
            {
                major = Number(text["MAJOR=".Length..]);
            }
            else if (text.StartsWith("MINOR="u8))
            {
                minor = Number(text["MINOR=".Length..]);
            }
        }

        return error is null || major is null || minor is null ? null : new VerityUevent(Sys.makedev(major.Value, minor.Value), Describe(error));
    }

    /// <summary>0 is a data block, 1 a block of the tree (enum verity_block_type).</summary>
    private static string Describe(string error) => error.Split(',') switch
    {
        ["0", string block] => $"data block {block}",
        ["1", string block] => $"hash block {block}",
        _ => $"block {error}",
    };

    private static uint? Number(ReadOnlySpan<byte> text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
