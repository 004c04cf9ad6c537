// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk.Toml;

namespace Northstar.Tests.Npk.Toml;

[TestFixture]
public sealed class TomlReaderTests
{
    private const string Document = """
        # configuration
        run_dir = "/run"
        Size = 0x1_F
        [repositories."my.Repo"]
        type.fs = { dir = '/data' }
        [[list]]
        a = 1
        [[list]]
          b = [true, 1.5, 1979-05-27]
        """;

    [Test]
    public void Read_Document_KeepsOrderCaseAndPlaces()
    {
        TomlTable root = Read(Document);

        Assert.That(root.Select(e => (e.Key, e.Position)), Is.EqualTo(new[]
        {
            ("run_dir", new TomlPosition(2, 1)), ("Size", new TomlPosition(3, 1)), ("repositories", new TomlPosition(4, 2)), ("list", new TomlPosition(6, 3)),
        }));
        Assert.That(((TomlInteger)Value(root, "Size")).Value, Is.EqualTo(31));
        Assert.That(((TomlString)Value(root, "repositories", "my.Repo", "type", "fs", "dir")).Value, Is.EqualTo("/data"));
        Assert.That(Value(root, "repositories", "my.Repo", "type", "fs", "dir").Position, Is.EqualTo(new TomlPosition(5, 19)));
        var list = (TomlArray)Value(root, "list");
        Assert.That(list, Has.Count.EqualTo(2));
        Assert.That(((TomlArray)Value((TomlTable)list[1], "b")).Select(v => (v.KindName, v.Position)), Is.EqualTo(new[]
        {
            ("boolean", new TomlPosition(9, 8)), ("float", new TomlPosition(9, 14)), ("local date", new TomlPosition(9, 19)),
        }));
    }

    [TestCase("a = 1979-05-27T07:32:00.1234567891-07:30", "1979-05-27T07:32:00.1234567-07:30", "offset date-time")]
    [TestCase("a = 1979-05-27 07:32:00z", "1979-05-27T07:32:00Z", "offset date-time")]
    [TestCase("a = 1979-05-27t07:32:00", "1979-05-27T07:32:00", "local date-time")]
    [TestCase("a = 1979-05-27 # date", "1979-05-27", "local date")]
    [TestCase("a = 23:59:59.5", "23:59:59.5", "local time")]
    [TestCase("a = 0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59", "offset date-time")]
    public void Read_DateTime_HasItsKind(string text, string normal, string kind)
    {
        TomlValue value = Value(Read(text), "a");

        Assert.That((value.ToString(), value.KindName), Is.EqualTo((normal, kind)));
    }

    [TestCase("a = \"\"\"\\\n   x \\  \n\n  y\"\"\"\"\"", "x y\"\"")]
    [TestCase("a = '''\n'a'\r\n''''", "'a'\r\n'")]
    [TestCase("a = \"\\u00e4\\U0001F600\\t\\\\\"", "ä😀\t\\")]
    [TestCase("a = '\\n'", "\\n")]
    public void Read_String_ResolvesItsForm(string text, string value) => Assert.That(((TomlString)Value(Read(text), "a")).Value, Is.EqualTo(value));

    [TestCase("a = text", 1, 5, "text needs quotes")]
    [TestCase("a = 1.0.0", 1, 5, "if it is text it needs quotes")]
    [TestCase("a = True", 1, 5, "booleans are written in lower case")]
    [TestCase("\n a b = 1", 2, 4, "a bare key has letters")]
    [TestCase("ä = 1", 1, 1, "a bare key has letters")]
    [TestCase("a = 1\na = 2", 2, 1, "the first is at line 1, column 1")]
    [TestCase("a = 1\n[a.b]", 2, 2, "it begins at line 1")]
    [TestCase("[a]\n[a]", 2, 2, "the first is at line 1, column 2")]
    [TestCase("a = {b = 1\n}", 1, 11, "an inline table stays on one line")]
    [TestCase("a = \"x\nb = 1", 1, 7, "closed on it")]
    [TestCase("a = '''x\ny", 2, 2, "three single quotes close it")]
    [TestCase("a = \"\\q\"", 1, 6, "for a backslash")]
    [TestCase("a = ", 1, 5, "the value is missing")]
    [TestCase("a = 2024-02-30", 1, 5, "a date is 2024-02-29")]
    [TestCase("a = 1 b = 2", 1, 7, "only one entry fits on a line")]
    [TestCase("[a", 1, 3, "']' must close it")]
    [TestCase("[[a]\n", 1, 5, "']]' must close it")]
    public void Read_Malformed_SaysWhereAndWhatWouldBeRight(string text, int line, int column, string hint)
    {
        TomlException e = Assert.Throws<TomlException>(() => Read(text))!;

        Assert.That((e.Position.Line, e.Position.Column), Is.EqualTo((line, column)), e.Message);
        Assert.That(e.Hint, Does.Contain(hint));
        Assert.That(e.Message, Does.StartWith($"line {line}, column {column}: {e.Problem}; {e.Hint}"));
    }

    [TestCase(98, true)]
    [TestCase(5000, false)]
    public void Read_Nesting_IsLimited(int depth, bool accepted)
    {
        string[] texts =
        [
            "a = " + new string('[', depth) + new string(']', depth),
            "a = " + string.Concat(Enumerable.Repeat("{b=", depth)) + "1" + new string('}', depth),
            string.Join('.', Enumerable.Repeat("a", depth)) + " = 1",
            $"[{string.Join('.', Enumerable.Repeat("a", depth))}]",
        ];

        foreach (string text in texts)
        {
            Assert.That(() => Read(text), accepted ? Throws.Nothing : Throws.TypeOf<TomlException>(), text[..20]);
        }
    }

    [Test]
    public void Read_TooLongOrNoUtf8_IsRefused()
    {
        Assert.Throws<TomlException>(() => Read(new string('\n', TomlReader.MaxLengthBytes + 1)));
        TomlException e = Assert.Throws<TomlException>(() => TomlReader.Read([.. "a = 1\nb = \""u8, 0xFF, (byte)'"']))!;

        Assert.That(e.Position, Is.EqualTo(new TomlPosition(2, 6)));
        Assert.That(Read("\uFEFFa = 1"), Has.Count.EqualTo(1));
    }

    private static TomlTable Read(string text) => TomlReader.Read(Encoding.UTF8.GetBytes(text));

    private static TomlValue Value(TomlTable table, params string[] path)
    {
        TomlValue value = table;
        foreach (string key in path)
        {
            Assert.That(((TomlTable)value).TryGetValue(key, out TomlValue? next), key);
            value = next!;
        }

        return value;
    }
}
