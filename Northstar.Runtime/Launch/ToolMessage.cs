// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Launch;

/// <summary>What northstar-init, started to run a debug tool, tells the runtime. The runtime sends signals, one byte each. Compiled into both sides.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ToolMessage
{
    /// <summary>The first argument of northstar-init that makes it run a tool; the program and its arguments, argument 0 included, follow.</summary>
    internal const string Word = "tool";

    /// <summary>The program runs; the value is its process id.</summary>
    internal const uint Started = 1;

    /// <summary>The program could not be executed; the value is an errno.</summary>
    internal const uint Failed = 2;

    /// <summary>The program ended; the value is its wait status (waitpid(2)).</summary>
    internal const uint Ended = 3;

    internal uint Kind;
    internal int Value;
}
