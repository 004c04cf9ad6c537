// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Host.Terminal;

namespace Northstar.Host.Nstar;

/// <summary>A connection to a runtime and what a verb prints.</summary>
internal sealed class Session(NorthstarClient client, Streams streams, bool json)
{
    internal NorthstarClient Client { get; } = client;

    internal Streams Streams { get; } = streams;

    /// <summary>Prints a line, unless the messages themselves are printed.</summary>
    internal void Write(string line)
    {
        if (!json)
        {
            Streams.Output.WriteLine(Printable.Line(line));
        }
    }

    /// <summary>Prints text of several lines, unless the messages themselves are printed.</summary>
    internal void WriteLines(string text)
    {
        if (!json)
        {
            Streams.Output.WriteLine(Printable.Lines(text));
        }
    }

    /// <summary>Prints a table, unless the messages themselves are printed.</summary>
    internal void Write(Table table)
    {
        if (!json)
        {
            table.Write(Streams);
        }
    }
}
