// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;

namespace Northstar.Npk.Packing;

/// <summary>The definitions that give an image the mount points and device nodes that its manifest asks for (npk-format, 5.3 and 5.4).</summary>
internal static class PseudoFiles
{
    private const string ProcessDescriptors = "/proc/self/fd";

    // The labels of full, null and random look swapped; existing packages have them so.
    private static readonly (string Name, int Major, int Minor, string Label)[] s_devices =
    [
        ("full", 1, 7, "u:object_r:null_device:s0"),
        ("null", 1, 3, "u:object_r:full_device:s0"),
        ("random", 1, 8, "u:object_r:full_device:s0"),
        ("tty", 5, 0, "u:object_r:owntty_device:s0"),
        ("urandom", 1, 9, "u:object_r:random_device:s0"),
        ("zero", 1, 5, "u:object_r:zero_device:s0"),
    ];

    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", ProcessDescriptors), ("stdin", ProcessDescriptors + "/0"), ("stdout", ProcessDescriptors + "/1"),
        ("stderr", ProcessDescriptors + "/2"),
    ];

    /// <summary>Returns the lines for all mounts, in byte order of their targets: mksquashfs takes the first of two definitions.</summary>
    internal static List<string> Lines(Manifest manifest, bool withAttributes)
    {
        List<string> lines = [];
        bool hasProc = manifest.Mounts.TryGetValue("/proc", out Mount? proc) && proc is Mount.Proc;
        foreach (string target in manifest.Mounts.Keys.Order(Comparer<string>.Create(CompareBytes)))
        {
            Mount mount = manifest.Mounts[target];
            lines.AddRange(Directories(target, Mode(mount), manifest.Uid, manifest.Gid));
            if (mount is Mount.Dev)
            {
                AddDevices(lines, target, manifest, hasProc, withAttributes);
            }
        }

        return lines;
    }

    /// <summary>Returns one definition for each level of a path; none for the root.</summary>
    internal static IEnumerable<string> Directories(string path, int mode, uint uid, uint gid)
    {
        string level = "";
        foreach (string name in path.Split('/').Where(static name => name is not ("" or ".")))
        {
            level += "/" + name;
            yield return string.Create(CultureInfo.InvariantCulture, $"{Escape(level)} d {mode} {uid} {gid}");
        }
    }

    private static void AddDevices(List<string> lines, string target, Manifest manifest, bool hasProc, bool withAttributes)
    {
        string prefix = Escape(target.EndsWith('/') ? target : target + "/");
        string owner = string.Create(CultureInfo.InvariantCulture, $"{manifest.Uid} {manifest.Gid}");
        foreach ((string name, int major, int minor, string label) in s_devices)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{prefix}{name} c 666 {owner} {major} {minor}"));
            AddLabel(name, label);
        }

        if (!hasProc)
        {
            return;
        }

        lines.Add($"{ProcessDescriptors} d 777 {owner}");
        foreach ((string name, string linkTarget) in s_links)
        {
            lines.Add($"{prefix}{name} s 777 {owner} {linkTarget}");
            AddLabel(name, "u:r:su:s0");
        }

        void AddLabel(string name, string label)
        {
            if (withAttributes)
            {
                lines.Add($"{prefix}{name} x security.selinux={label}");
            }
        }
    }

    private static int Mode(Mount mount) => mount switch
    {
        Mount.Bind { Options: MountOptions options } when options.HasFlag(MountOptions.ReadWrite) => 755,
        Mount.Bind or Mount.Resource => 555,
        Mount.Proc or Mount.Sysfs => 444,
        _ => 755,
    };

    /// <summary>Puts a backslash in front of what ends or quotes a name; control characters have no way in.</summary>
    private static string Escape(string path)
    {
        StringBuilder escaped = new(path.Length);
        foreach (char c in path)
        {
            if (char.IsControl(c))
            {
                throw new NpkException(
                    NpkRules.TargetControlCharacter,
                    $"make the mount point '{path.ReplaceLineEndings("\\n")}': control characters are not allowed in a target");
            }

            escaped.Append(c is ' ' or '\\' or '"' ? "\\" : "").Append(c);
        }

        return escaped.ToString();
    }

    private static int CompareBytes(string? left, string? right) =>
        Encoding.UTF8.GetBytes(left!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right!));
}
