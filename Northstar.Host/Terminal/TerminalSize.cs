// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Terminal;

/// <summary>The size of a terminal in character cells; zeros when it has none.</summary>
internal readonly record struct TerminalSize(int Columns, int Rows)
{
    /// <summary>Asks the terminal that standard output goes to. The answer changes when its window does.</summary>
    internal static TerminalSize OfStandardOutput()
    {
        try
        {
            return new TerminalSize(Console.WindowWidth, Console.WindowHeight);
        }
        catch (IOException)
        {
            // It is no terminal after all.
            return default;
        }
    }
}
