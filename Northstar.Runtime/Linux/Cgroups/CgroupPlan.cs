// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>One value for a control file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Text">What is written.</param>
/// <param name="IsRequired">Whether a failure fails the start; else it becomes a warning.</param>
/// <param name="MustReadBack">Whether the file must show the same afterwards: the kernel corrects some values silently.</param>
internal sealed record CgroupWrite(string File, string Text, bool IsRequired, bool MustReadBack);

/// <summary>What the settings of a container mean for one controller: values to write, in their order, and settings without effect.</summary>
internal sealed class CgroupPlan
{
    /// <summary>Gets the writes.</summary>
    internal List<CgroupWrite> Writes { get; } = [];

    /// <summary>Gets texts about settings that have no effect.</summary>
    internal List<string> Warnings { get; } = [];

    /// <summary>Adds a value that must take effect.</summary>
    internal void Require(string file, string text, bool readBack = false) => Writes.Add(new CgroupWrite(file, text, true, readBack));

    /// <summary>Adds a value that not every kernel takes.</summary>
    internal void Try(string file, string text) => Writes.Add(new CgroupWrite(file, text, false, false));

    /// <summary>Adds files that the manifest names itself. Only those of the controller: a name is no path, and no way to other groups or to the host.</summary>
    internal void TryAttributes(string controller, IReadOnlyDictionary<string, string> attributes)
    {
        foreach ((string file, string text) in attributes)
        {
            if (file.StartsWith(controller + ".", StringComparison.Ordinal) && !file.Contains('/') && !file.Contains('\0'))
                Try(file, text);
            else
                Warnings.Add($"cgroup attribute '{file}' is not a file of the {controller} controller and has no effect");
        }
    }
}
