// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.RegularExpressions;
using Northstar.Npk.Packing;

namespace Northstar.Npk.Squashfs;

/// <summary>Reads the long listing of unsquashfs.</summary>
/// <remarks>
/// Names may have line feeds and whatever else looks like a line of its own. So unsquashfs is told to call the root by a name that nobody can
/// know before (<c>-dest</c>), and only what has this name begins an entry.
/// </remarks>
internal static partial class SquashfsListing
{
    /// <summary>The letters of <see cref="SquashfsFileType"/> in front of a mode.</summary>
    internal const string TypeLetters = "-dlcbps";

    private const string LinkArrow = " -> ";

    /// <summary>Reads the raw output of <c>unsquashfs -UTC -lln -dest ROOT</c>.</summary>
    /// <exception cref="FormatException">This is no such listing.</exception>
    internal static List<SquashfsEntry> Parse(string output, string root)
    {
        List<SquashfsEntry> entries = [];
        Match[] starts = [.. Start().Matches(output).Where(match => output.AsSpan(match.Index + match.Length).StartsWith(root))];
        for (int i = 0; i < starts.Length; i++)
        {
            int begin = starts[i].Index + starts[i].Length + root.Length;
            int end = i + 1 < starts.Length ? starts[i + 1].Index : output.Length;
            entries.Add(Entry(starts[i], output[begin..Math.Max(begin, end - 1)]));
        }

        return entries.Count > 0 ? entries : throw new FormatException("it lists no entry");
    }

    private static SquashfsEntry Entry(Match start, string rawPath)
    {
        string mode = start.Groups["mode"].Value;
        SquashfsFileType type = (SquashfsFileType)TypeLetters.IndexOf(mode[0], StringComparison.Ordinal);
        string[] owner = start.Groups["owner"].Value.Split('/');
        string size = start.Groups["size"].Value.Replace(" ", "", StringComparison.Ordinal);
        bool device = type is SquashfsFileType.CharacterDevice or SquashfsFileType.BlockDevice;
        long length = device ? 0 : long.Parse(size, CultureInfo.InvariantCulture);
        (string path, string? target) = type == SquashfsFileType.SymbolicLink ? SplitLink(rawPath, length) : (rawPath, null);
        return new SquashfsEntry(
            path.Length == 0 ? "/" : ToolProcess.Result.Text(path), type, Mode(mode), uint.Parse(owner[0], CultureInfo.InvariantCulture),
            uint.Parse(owner[1], CultureInfo.InvariantCulture), length, device ? size.Replace(',', ':') : null,
            DateTimeOffset.ParseExact(
                start.Groups["time"].Value, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            target is null ? null : ToolProcess.Result.Text(target));
    }

    /// <summary>Splits name and target by the length of the target, since both may have arrows in them.</summary>
    private static (string Path, string Target) SplitLink(string text, long targetLength)
    {
        long arrow = text.Length - targetLength - LinkArrow.Length;
        if (arrow < 0 || string.CompareOrdinal(text, (int)arrow, LinkArrow, 0, LinkArrow.Length) != 0)
        {
            throw new FormatException("a symbolic link has no target");
        }

        return (text[..(int)arrow], text[(int)(arrow + LinkArrow.Length)..]);
    }

    private static UnixFileMode Mode(string text)
    {
        int mode = 0;
        for (int i = 1; i < 10; i++)
        {
            mode = (mode << 1) | (text[i] is 'r' or 'w' or 'x' or 's' or 't' ? 1 : 0);
        }

        return (UnixFileMode)mode
            | (text[3] is 's' or 'S' ? UnixFileMode.SetUser : 0)
            | (text[6] is 's' or 'S' ? UnixFileMode.SetGroup : 0)
            | (text[9] is 't' or 'T' ? UnixFileMode.StickyBit : 0);
    }

    [GeneratedRegex(
        @"^(?<mode>[-dlcbps][-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT]) (?<owner>[0-9]+/[0-9]+) +(?<size>[0-9]+(, *[0-9]+)?) (?<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}) ",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Start();
}
