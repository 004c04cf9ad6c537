// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Terminal;

/// <summary>The whole terminal, for a picture that is drawn again and again. What was on it comes back in the end.</summary>
internal sealed class Screen : IDisposable
{
    // xterm's other screen, without a cursor
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";

    private readonly Streams _streams;

    internal Screen(Streams streams)
    {
        _streams = streams;
        _streams.Output.Write(Enter);
    }

    /// <summary>Draws text in place of what is there. Lines that do not fit below are cut off.</summary>
    internal void Draw(string text)
    {
        int rows = _streams.Size?.Rows ?? int.MaxValue;
        IEnumerable<string> lines = text.TrimEnd('\n').Split('\n').Take(rows);
        _streams.Output.Write("\e[H" + string.Join("\r\n", lines.Select(static line => line + "\e[K")) + "\e[J");
    }

    public void Dispose() => _streams.Output.Write(Leave);
}
