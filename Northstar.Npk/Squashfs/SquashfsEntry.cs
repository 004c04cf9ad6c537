// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk;

/// <summary>One entry of the tree in an image, as unsquashfs lists it. The data is not looked at.</summary>
/// <param name="Path">The absolute path in the image; <c>/</c> is the root. It may have any character but NUL.</param>
/// <param name="Type">What it is.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Uid">The user that owns it.</param>
/// <param name="Gid">The group that owns it.</param>
/// <param name="LengthBytes">The length of a file, a directory or the target of a link in bytes; 0 for a device.</param>
/// <param name="Device">The numbers of a device, as <c>MAJOR:MINOR</c>; null for what is no device.</param>
/// <param name="Modified">When it was changed last, in minutes.</param>
/// <param name="LinkTarget">The target of a symbolic link; null for everything else.</param>
public sealed record SquashfsEntry(
    string Path, SquashfsFileType Type, UnixFileMode Mode, uint Uid, uint Gid, long LengthBytes, string? Device, DateTimeOffset Modified,
    string? LinkTarget)
{
    /// <summary>Returns mode, owner, length or device, time (UTC), path and target, in the columns that <c>ls -l</c> has them.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ModeText()} {Uid + "/" + Gid,-11} {Device?.Replace(":", ", ", StringComparison.Ordinal) ?? LengthBytes.ToString(CultureInfo.InvariantCulture),11} "
        + $"{Modified.UtcDateTime:yyyy-MM-dd HH:mm} {Path}{(LinkTarget is null ? "" : " -> " + LinkTarget)}");

    private string ModeText()
    {
        char[] text = [Npk.Squashfs.SquashfsListing.TypeLetters[(int)Type], .. "rwxrwxrwx"];
        for (int bit = 0; bit < 9; bit++)
        {
            if (((int)Mode & (1 << (8 - bit))) == 0)
            {
                text[1 + bit] = '-';
            }
        }

        Special(3, UnixFileMode.SetUser, 's', 'S');
        Special(6, UnixFileMode.SetGroup, 's', 'S');
        Special(9, UnixFileMode.StickyBit, 't', 'T');
        return new string(text);

        void Special(int index, UnixFileMode flag, char withExecute, char alone)
        {
            if (Mode.HasFlag(flag))
            {
                text[index] = text[index] == 'x' ? withExecute : alone;
            }
        }
    }
}
