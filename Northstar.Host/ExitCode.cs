// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host;

/// <summary>How the program ends. Values are stable.</summary>
internal enum ExitCode
{
    /// <summary>All went well; for the runtime also: it was stopped by a signal or a client.</summary>
    Success = 0,

    /// <summary>Something failed; a line <c>Error:</c> on standard error says what.</summary>
    Failure = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>SIGINT ended a tool.</summary>
    Interrupted = 130,
}
