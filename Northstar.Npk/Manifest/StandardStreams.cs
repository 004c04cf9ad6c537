// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Where standard output and error of a container go.</summary>
/// <param name="Stdout">Standard output.</param>
/// <param name="Stderr">Standard error.</param>
public sealed record StandardStreams(OutputMode Stdout, OutputMode Stderr);

/// <summary>Where one output stream goes.</summary>
public enum OutputMode
{
    /// <summary>To <c>/dev/null</c>.</summary>
    Discard,

    /// <summary>Line by line to the runtime's log.</summary>
    Pipe,

    /// <summary>To the runtime's own stream of that name.</summary>
    Inherit,
}
