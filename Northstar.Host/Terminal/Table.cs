// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Terminal;

/// <summary>
/// A table of text: one blank beside each cell, <c>|</c> between columns, a rule below the header. On a terminal that is too narrow, cells are
/// folded, at blanks if that is enough; elsewhere each row is one line.
/// </summary>
internal sealed class Table(params string[] header)
{
    private const int NarrowestColumn = 6;
    private const int Beside = 3;

    private readonly List<Cell[]> _rows = [];

    /// <summary>Gets how wide the table is when nothing is folded.</summary>
    internal int Width => Total(Widths(limit: null));

    internal void Add(params Cell[] cells) => _rows.Add(cells);

    internal void Write(Streams streams) => streams.Output.Write(Format(streams.Size?.Columns, streams.Colours));

    /// <summary>Draws the table.</summary>
    /// <param name="width">How wide it may be; null for any width.</param>
    /// <param name="colours">Whether cells have their styles.</param>
    internal string Format(int? width, bool colours)
    {
        int[] widths = Widths(width);
        var text = new StringBuilder();
        AddRow(text, [.. header.Select(static title => new Cell(title, CellStyle.Bold))], widths, colours);
        text.AppendJoin('+', widths.Select(static width => new string('-', width + 2))).Append('\n');
        _rows.ForEach(row => AddRow(text, row, widths, colours));
        return text.ToString();
    }

    private int[] Widths(int? limit)
    {
        int[] widths = [.. header.Select((title, column) => _rows.Select(row => TextWidth.Of(row[column].Text)).Append(TextWidth.Of(title)).Max())];
        if (limit is not { } most)
        {
            return widths;
        }

        // First where there are blanks to break at, then inside words.
        int[] words = [.. header.Select((title, column) => _rows.Select(row => LongestWord(row[column].Text)).Append(TextWidth.Of(title)).Max())];
        Shrink(widths, most, words);
        Shrink(widths, most, [.. words.Select(static word => Math.Min(word, NarrowestColumn))]);
        return widths;
    }

    private static void Shrink(int[] widths, int most, int[] floors)
    {
        while (Total(widths) > most)
        {
            int widest = Enumerable.Range(0, widths.Length).Where(i => widths[i] > floors[i]).DefaultIfEmpty(-1).MaxBy(i => i < 0 ? 0 : widths[i]);
            if (widest < 0)
            {
                return;
            }

            widths[widest]--;
        }
    }

    private static int LongestWord(string text) => text.Split(' ').Max(TextWidth.Of);

    private static int Total(int[] widths) => widths.Sum() + (Beside * widths.Length) - 1;

    private static void AddRow(StringBuilder text, Cell[] cells, int[] widths, bool colours)
    {
        string[][] folded = [.. cells.Select((cell, column) => Fold(cell.Text, widths[column]))];
        for (int line = 0; line < folded.Max(static f => f.Length); line++)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                string part = folded[i].ElementAtOrDefault(line) ?? "";
                string attribute = colours && part.Length > 0 && cells[i].Style != CellStyle.None ? $"\e[{(int)cells[i].Style}m" : "";
                int pad = Math.Max(0, widths[i] - TextWidth.Of(part));
                text.Append(i == 0 ? " " : "| ").Append(' ', cells[i].AlignRight ? pad : 0);
                text.Append(attribute).Append(part).Append(attribute.Length > 0 ? "\e[0m" : "");
                text.Append(' ', cells[i].AlignRight ? 1 : pad + 1);
            }

            text.Append('\n');
        }
    }

    // Breaks at a blank, else anywhere; never inside a character.
    private static string[] Fold(string text, int width)
    {
        var lines = new List<string>();
        while (TextWidth.Fitting(text, width) is int fitting && fitting < text.Length)
        {
            int blank = text.LastIndexOf(' ', fitting, fitting);
            int end = blank > 0 ? blank : fitting;
            lines.Add(text[..end]);
            text = text[end..].TrimStart(' ');
        }

        return [.. lines, text];
    }
}

/// <summary>A cell of a table. Text is made printable.</summary>
internal readonly struct Cell(string text, CellStyle style = CellStyle.None, bool alignRight = false)
{
    internal string Text { get; } = Printable.Line(text);

    internal CellStyle Style { get; } = style;

    internal bool AlignRight { get; } = alignRight;
}

/// <summary>How text looks on a terminal; the numbers are those of ECMA-48, select graphic rendition.</summary>
internal enum CellStyle
{
    None = 0,
    Bold = 1,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Cyan = 36,
}
