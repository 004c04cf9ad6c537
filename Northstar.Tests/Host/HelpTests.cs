// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host;
using Northstar.Host.Help;
using Northstar.Host.Nstar;
using Northstar.Host.Sextant;
using Northstar.Host.Terminal;

namespace Northstar.Tests.Host;

/// <summary>What help says, and what a wrong command line gets.</summary>
public sealed class HelpTests
{
    private static IEnumerable<string> Examples() =>
        NstarHelp.Page.VerbExamples.Values.Append(NstarHelp.Page.Examples).SelectMany(static e => e).Select(static e => e.Line)
            .Where(static line => line.StartsWith("nstar ", StringComparison.Ordinal) && !line.Contains(" -o ", StringComparison.Ordinal));

    [TestCase("nstar")]
    [TestCase("sextant")]
    public async Task Help_OfATool_ShowsExamplesFirstAndEveryVerbOnce(string tool)
    {
        ToolHelp page = tool == "nstar" ? NstarHelp.Page : SextantHelp.Page;
        string[] verbs = [.. page.Groups.SelectMany(static g => g.Verbs)];
        string script = (await Invocation.RunAsync(tool, ["completion", "-s", "elvish"])).Output;
        string[] known = [.. script.Split('\n').Where(static l => l.Contains("set verb = ")).Select(static l => l.Split("set verb = ")[1].Split(' ')[0])];
        Assert.That(verbs, Is.EquivalentTo(known));

        string[] lines = (await Invocation.RunAsync(tool, ["--help"])).Output.Split('\n');
        Assert.That(lines[0], Does.StartWith($"{tool} "));
        Assert.That(Array.IndexOf(lines, "Examples:"), Is.InRange(1, 3));
        Assert.That(Array.FindIndex(lines, static l => l.StartsWith("Usage: ", StringComparison.Ordinal)), Is.GreaterThan(Array.IndexOf(lines, "Examples:")));
        foreach (string verb in verbs)
        {
            Assert.That(lines.Count(l => l.StartsWith($"  {verb} ", StringComparison.Ordinal)), Is.EqualTo(1), verb);
            Invocation help = await Invocation.RunAsync(tool, [verb, "--help"]);
            Assert.That(help.Output, Does.Contain($"\n\nExamples:\n  ").And.Contain($"\nUsage: {tool} {verb} "), verb);
        }
    }

    [TestCaseSource(nameof(Examples))]
    public async Task Example_OfHelp_IsACommandLine(string line)
    {
        string[] words = line.Split('|', '>')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        words = [.. string.Join(' ', words.Skip(1)).Replace("'some text'", "text").Split(' ').Select(static w => w.Trim('\''))];
        Invocation run = await Invocation.RunAsync("nstar", words.Contains("-u") ? words : ["-u", "unix:///nonexistent/console", .. words]);
        Assert.That(run.Code, Is.Not.EqualTo(ExitCode.Usage), run.Error);
    }

    [TestCase("nstar", "lst", "unknown verb 'lst'; did you mean 'list'?", "nstar [OPTIONS] VERB [ARGUMENTS]")]
    [TestCase("nstar", "list --jsn", "unknown option '--jsn'; did you mean '--json'?", "nstar list [OPTIONS]")]
    [TestCase("nstar", "list -q", "unknown option '-q'", "nstar list [OPTIONS]")]
    [TestCase("nstar", "ident x", "unexpected argument 'x'", "nstar ident [OPTIONS]")]
    [TestCase("nstar", "install x", "REPOSITORY is missing", "nstar install [OPTIONS] NPK REPOSITORY")]
    [TestCase("nstar", "kill a x", "SIGNAL: 'x' is no number", "nstar kill [OPTIONS] NAME[:VERSION] [SIGNAL]")]
    [TestCase("nstar", "top -i 0s", "--interval: more than nothing and at most a day is needed", "nstar top [OPTIONS]")]
    [TestCase("nstar", "-t 5 list", "--timeout: a unit is missing", "nstar list [OPTIONS]")]
    [TestCase("nstar", "", "a verb is missing", "nstar [OPTIONS] VERB [ARGUMENTS]")]
    [TestCase("sextant", "sign x", "--key FILE is missing", "sextant sign [OPTIONS] --key FILE NPK")]
    public async Task CommandLine_ThatIsWrong_GetsTheMistakeTheUsageAndTheWayToHelp(string tool, string line, string mistake, string usage)
    {
        Invocation run = await Invocation.RunAsync(tool, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        string[] lines = run.Error.Split('\n');
        Assert.That(lines[0], Does.StartWith($"Error: {mistake}"));
        Assert.That(lines[1], Is.EqualTo($"Usage: {usage}"));
        Assert.That(lines[2], Does.Match($"^'{tool}.* --help' shows .*examples"));
    }

    [Test]
    public async Task Help_OnANarrowTerminal_FitsIt()
    {
        Invocation run = await Invocation.RunAsync("nstar", ["start", "--help"], terminal: true, size: new TerminalSize(60, 20));
        string[] tooLong = [.. run.Output.Split('\n').Where(static l => l.Length > 60 && l.Trim().Contains(' '))];
        Assert.That(tooLong, Is.Empty);
    }
}
