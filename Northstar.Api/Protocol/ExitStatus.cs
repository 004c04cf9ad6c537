// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Api;

/// <summary>How a container's program ended. A closed hierarchy.</summary>
public abstract record ExitStatus
{
    private ExitStatus()
    {
    }

    /// <summary>Gets a value indicating whether the program ended with exit code 0.</summary>
    public bool IsSuccess => this is Exit { Code: 0 };

    /// <summary>The program ended by itself.</summary>
    /// <param name="Code">0 to 255; -1 and -2 when the container's init left no usable report.</param>
    public sealed record Exit(int Code) : ExitStatus
    {
        /// <summary>Returns <c>exit code N</c>.</summary>
        public override string ToString() => $"exit code {Code}";
    }

    /// <summary>A signal ended the program.</summary>
    /// <param name="Signal">The signal's number (signal(7)).</param>
    public sealed record Signalled(uint Signal) : ExitStatus
    {
        /// <summary>Returns <c>signal N</c>.</summary>
        public override string ToString() => $"signal {Signal}";
    }
}
