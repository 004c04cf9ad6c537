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

    /// <summary>Gets a value indicating whether the messages themselves are printed.</summary>
    internal bool IsJson => json;

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

    /// <summary>Prints a line that a container wrote, unless the messages themselves are printed.</summary>
    internal void WriteOutput(string line, bool isError)
    {
        if (!json)
        {
            (isError ? Streams.Error : Streams.Output).WriteLine(Printable.Text(line));
        }
    }

    /// <summary>Passes on what a container wrote, unless the messages themselves are printed.</summary>
    internal void WriteBytes(ReadOnlyMemory<byte> bytes, bool isError)
    {
        if (!json)
        {
            (isError ? Streams.RawError : Streams.RawOutput).Write(bytes.Span);
        }
    }

    /// <summary>Tells something beside the results.</summary>
    internal void Warn(string text) => Streams.Error.WriteLine($"Warning: {Printable.Line(text)}");
}
