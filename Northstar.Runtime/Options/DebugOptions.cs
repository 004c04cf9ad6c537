// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>Configures debug tools, which run with the runtime's rights. Nothing is on unless configured.</summary>
public sealed class DebugOptions
{
    /// <summary>Gets the commands started for each container; <c>&lt;PID&gt;</c> and <c>&lt;CONTAINER&gt;</c> are filled in.</summary>
    public IList<string> Commands { get; } = [];

    /// <summary>Gets or sets the strace settings, or null.</summary>
    public StraceOptions? Strace { get; set; }

    /// <summary>Gets or sets the perf settings, or null.</summary>
    public PerfOptions? Perf { get; set; }
}

/// <summary>Attaches strace to every container before its payload runs.</summary>
public sealed class StraceOptions
{
    /// <summary>Gets or sets a value indicating whether the output goes to a file in the log directory instead of the log.</summary>
    public bool OutputToFile { get; set; }

    /// <summary>Gets the further arguments.</summary>
    public IList<string> Flags { get; } = [];

    /// <summary>Gets or sets the program.</summary>
    public string Path { get; set; } = "strace";

    /// <summary>Gets or sets a value indicating whether the calls before the payload's <c>execve</c> are kept.</summary>
    public bool IncludeRuntime { get; set; }
}

/// <summary>Records every container with perf.</summary>
public sealed class PerfOptions
{
    /// <summary>Gets or sets the program.</summary>
    public string Path { get; set; } = "perf";

    /// <summary>Gets the further arguments.</summary>
    public IList<string> Flags { get; } = [];
}
