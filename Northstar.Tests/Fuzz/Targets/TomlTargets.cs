// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk.Toml;
using Northstar.Tests.Npk.Toml;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>The TOML reader. What it accepts is written anew in another form and must read as the same document.</summary>
internal static class TomlTargets
{
    private static readonly ErrorPatterns s_patterns = new(
        "the document has * bytes, more than *", "the text is not UTF-8", "tables nest deeper than *", "values nest deeper than *",
        "'*' is no date or time", "* in a table header", "* after a key", "* where a key is expected", "'*' is defined twice",
        "'*' cannot be extended, it is a complete *", "the document ends within a string", "* within a string", "'*' is no escape",
        "'*' needs * hexadecimal digits of a Unicode character", "* in an array", "* in an inline table", "* where a value is expected", "'*' is no value",
        "* after the end of the value or header", "the control character * is not allowed here");

    /// <summary>Gets the kinds of errors.</summary>
    internal static IReadOnlyCollection<string> Kinds => s_patterns.Kinds;

    /// <summary>One text for each kind of error, in the order above; the first is a probe.</summary>
    private static readonly string[] s_nearMisses =
    [
        $"{string.Concat(Enumerable.Repeat("a.", 100))}a = 1", $"a = {new string('[', 100)}1{new string(']', 100)}", "a = 2024-02-30", "[a\nb = 1", "a b = 1", "= 1", "a = 1\na = 2",
        "a = 1\na.b = 2", "a = \"\"\"x\ny\"\"", "a = \"x\n\"", "a = \"\\q\"", "a = \"\\ud800\"", "a = [1 2]", "a = {b = 1, }", "a = \n", "a = yes",
        "a = 1 b = 2", "a = \"\u0001\"", "a = {b = 1",
    ];

    private static readonly string[] s_valid =
    [
        "a = 1\nb = \"x\\u00e9\\U0001F600\\t\"\nc = 'C:\\x'\nd = 1.5e-3\ne = [1, 2.0, \"3\", [4], {f = 5}]\n",
        "[t]\nk.\"q k\".'l' = {x = 1, y.z = 2}\n[t.u]\nv = 1979-05-27T07:32:00.999999Z\n[[arr]]\n[[arr]]\nn = 0x7fff_ffff\n[arr.sub]\n",
        "m = \"\"\"\nline \\\n   joined\n\"\"\"\"\"\nl = '''\nraw \\ '' '''\nt = true # c\nf = inf\nn = -nan\no = 0o755\nb = 0b1010\n",
        "d = 1979-05-27\nt = 07:32:00\ndt = 1979-05-27 07:32:00.5\noff = 1979-05-27T07:32:00-07:00\n\"\" = 1\n\r\nx = -0\ny = +1_000\n",
    ];

    /// <summary>Returns the kind of an error, to which a hint may have been appended.</summary>
    internal static string KindOf(string message)
    {
        string? kind = s_patterns.Find(message);
        for (int hint = message.LastIndexOf("; ", StringComparison.Ordinal); kind is null && hint > 0; hint = message.LastIndexOf("; ", hint - 1, StringComparison.Ordinal))
        {
            kind = s_patterns.Find(message[..hint]);
        }

        return kind ?? message;
    }

    internal static IEnumerable<FuzzTarget> All()
    {
        byte[][] corpus =
        [
            .. Corpora.Bytes(s_valid), .. Corpora.Bytes(s_nearMisses), [(byte)'a', 0xFF], .. Corpora.Bytes(Corpora.TestCases(typeof(TomlReaderTests))),
            Corpora.Golden("configuration-sample.toml"), Corpora.Golden("configuration-2020.toml"),
        ];
        yield return new FuzzTarget
        {
            Name = "toml",
            Corpus = corpus,
            Probes = [new byte[TomlReader.MaxLengthBytes + 1], Corpora.Bytes($"a = {new string('[', 500_000)}"),
                Corpora.Bytes(string.Concat(Enumerable.Range(0, 60_000).Select(i => $"k{i} = 1\n")))],
            Mutator = new TextMutator([], corpus),
            Parse = input => new FuzzOutcome(TomlReader.Read(input)),
            Check = (_, value) => CheckRewritten((TomlTable)value),
            Refusal = e => e is TomlException toml ? [s_patterns.KindOf(toml.Problem)] : null,
            Kinds = s_patterns.Kinds,
            AllocationCapBytes = 256 << 10,
            AllocationPerByte = 128,
            Cases = 34_000,
        };
    }

    private static void CheckRewritten(TomlTable table)
    {
        string text = TomlText.Write(table);
        string again;
        try
        {
            again = TomlText.Write(TomlReader.Read(Encoding.UTF8.GetBytes(text)));
        }
        catch (TomlException e) when (e.Problem.Contains("deeper", StringComparison.Ordinal) || e.Problem.Contains("bytes, more than", StringComparison.Ordinal))
        {
            return; // written inline, it may nest deeper or be longer than it was
        }
        catch (TomlException e)
        {
            throw new FuzzException($"an accepted document, written anew, is refused: {text}", e);
        }

        FuzzException.Require(again == text, $"an accepted document, written anew, reads as another: {text}\n{again}");
    }
}
