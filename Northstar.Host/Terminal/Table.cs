// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Terminal;

/// <summary>A table of text: one blank beside each cell, <c>|</c> between columns, a rule below the header.</summary>
internal sealed class Table(params string[] header)
{
    private readonly List<Cell[]> _rows = [];

    internal void Add(params Cell[] cells) => _rows.Add(cells);

    internal void Write(Streams streams)
    {
        int[] widths = [.. header.Select((title, column) => _rows.Select(row => row[column].Text.Length).Append(title.Length).Max())];
        WriteRow(streams, [.. header.Select(static title => new Cell(title, CellStyle.Bold))], widths);
        streams.Output.WriteLine(string.Join('+', widths.Select(static width => new string('-', width + 2))));
        _rows.ForEach(row => WriteRow(streams, row, widths));
    }

    private static void WriteRow(Streams streams, Cell[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
        {
            string attribute = streams.OutputIsTerminal && cells[i].Style != CellStyle.None ? $"\e[{(int)cells[i].Style}m" : "";
            line.Append(i == 0 ? " " : "| ").Append(attribute).Append(cells[i].Text).Append(attribute.Length > 0 ? "\e[0m" : "");
            line.Append(' ', widths[i] - cells[i].Text.Length + 1);
        }

        streams.Output.WriteLine(line);
    }
}

/// <summary>A cell of a table. Text is made printable.</summary>
internal readonly struct Cell(string text, CellStyle style = CellStyle.None)
{
    internal string Text { get; } = Printable.Line(text);

    internal CellStyle Style { get; } = style;
}

/// <summary>How text looks on a terminal; the numbers are those of ECMA-48, select graphic rendition.</summary>
internal enum CellStyle
{
    None = 0,
    Bold = 1,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Cyan = 36,
}
