// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Terminal;

namespace Northstar.Tests.Host;

/// <summary>Tables on terminals and elsewhere.</summary>
public sealed class TableTests
{
    [Test]
    public void Table_WiderThanTheTerminal_FoldsItsWidestCells()
    {
        var table = new Table("Name", "Result");
        table.Add(new Cell("hello"), new Cell("one two three four five six"));
        table.Add(new Cell("x"), new Cell("abcdefghijklmnopqrstuvwxyz"));
        Assert.That(table.Format(24, colours: false).Split('\n').Select(static l => l.TrimEnd()), Is.EqualTo(new[]
        {
            " Name  | Result",
            "-------+----------------",
            " hello | one two three",
            "       | four five six",
            " x     | abcdefghijklmn",
            "       | opqrstuvwxyz",
            "",
        }));
        Assert.That(table.Format(24, colours: false).Split('\n'), Is.All.Length.LessThanOrEqualTo(24));
    }

    [Test]
    public void Table_WithBlanksInOneColumn_LeavesTheWordsOfOthersWhole()
    {
        var table = new Table("Name", "Uptime");
        table.Add(new Cell("a-container-of-a-long-name"), new Cell("41m 34s 480ms"));
        Assert.That(table.Format(38, colours: false).Split('\n').Skip(2).Select(static l => l.TrimEnd()), Is.EqualTo(new[]
        {
            " a-container-of-a-long-name | 41m 34s", "                            | 480ms", "",
        }));
    }

    [Test]
    public void Table_WithWideAndCombiningCharacters_IsStraight()
    {
        var table = new Table("Name", "Result");
        table.Add(new Cell("\u5bb9\u5668"), new Cell("ok"));
        table.Add(new Cell("e\u0301a"), new Cell("\ud83d\ude80"));
        Assert.That(table.Format(null, colours: false), Is.EqualTo(
            " Name | Result \n------+--------\n \u5bb9\u5668 | ok     \n e\u0301a   | \ud83d\ude80     \n"));
    }

    [Test]
    public void Table_WithWideCharactersOnANarrowTerminal_FoldsBetweenCharacters()
    {
        var table = new Table("N");
        table.Add(new Cell("\u5bb9\u5668\u5bb9\u5668e\u0301"));
        Assert.That(table.Format(7, colours: false).Split('\n').Skip(2), Is.EqualTo(new[] { " \u5bb9\u5668\u5bb9 ", " \u5668e\u0301    ", "" }));
    }

    [TestCase("", 0)]
    [TestCase("abc", 3)]
    [TestCase("\u00e9\u03b1", 2)]
    [TestCase("\uff21\u3042\uac00", 6)]
    [TestCase("\u1112\u1161\u11ab", 2)]
    [TestCase("a\u0300\u20dd", 1)]
    [TestCase("\ud840\udc00", 2)]
    public void TextWidth_IsThatOfATerminal(string text, int columns) => Assert.That(TextWidth.Of(text), Is.EqualTo(columns));

    [Test]
    public void Table_ForNoTerminal_KeepsEachRowOnOneLine()
    {
        var table = new Table("Name");
        table.Add(new Cell(new string('x', 500)));
        Assert.That(table.Format(null, colours: true).Split('\n'), Has.Length.EqualTo(4));
        Assert.That(table.Width, Is.EqualTo(502));
    }

    [Test]
    public void Table_WithColours_StylesEachPartOfAFoldedCell()
    {
        var table = new Table("N");
        table.Add(new Cell("aaaaaa bbbbbb", CellStyle.Green, alignRight: true));
        Assert.That(table.Format(10, colours: true), Does.Contain("\e[32maaaaaa\e[0m").And.Contain("\e[32mbbbbbb\e[0m"));
    }

    [TestCase("😀😀😀😀", 3)]
    [TestCase("a😀😀😀", 2)]
    [TestCase("", 1)]
    public void Table_Folded_NeverCutsACharacterInTwo(string text, int width)
    {
        var table = new Table("N");
        table.Add(new Cell(text + text));
        Assert.That(table.Format(width, colours: false).Split('\n').Skip(2), Is.All.Matches<string>(static line => !line.Trim().Any(char.IsLowSurrogate) || char.IsHighSurrogate(line.Trim().First(char.IsSurrogate))));
    }
}
