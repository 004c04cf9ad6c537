// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host;
using Northstar.Host.Terminal;

namespace Northstar.Tests.Host;

/// <summary>Names, help, versions and exit codes.</summary>
public sealed class CommandLineTests
{
    [TestCase("northstar", "", "northstar 0.9.3")]
    [TestCase("/usr/bin/northstar", "", "northstar 0.9.3")]
    [TestCase("nstar", "", "nstar 0.9.3")]
    [TestCase("/usr/bin/nstar", "", "nstar 0.9.3")]
    [TestCase("northstar-nstar", "", "nstar 0.9.3")]
    [TestCase("sextant", "", "sextant 0.9.3")]
    [TestCase("northstar-sextant", "", "sextant 0.9.3")]
    [TestCase("northstar", "nstar", "nstar 0.9.3")]
    [TestCase("dotnet", "sextant", "sextant 0.9.3")]
    public async Task Name_OrFirstWord_ChoosesTheTool(string name, string word, string version)
    {
        string[] words = word.Length == 0 ? [] : [word];
        foreach (string option in new[] { "--version", "-V" })
        {
            Assert.That(await Invocation.RunAsync(name, [.. words, option]), Is.EqualTo(new Invocation(ExitCode.Success, version + "\n", "")));
        }
    }

    [TestCase("northstar", "--help")]
    [TestCase("northstar", "-h")]
    [TestCase("nstar", "--help")]
    [TestCase("nstar", "help")]
    [TestCase("nstar", "help", "start")]
    [TestCase("nstar", "start", "--help")]
    [TestCase("sextant", "pack", "-h")]
    public async Task Help_AskedFor_GoesToStandardOutput(string name, params string[] arguments)
    {
        Invocation run = await Invocation.RunAsync(name, arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output, Does.Contain("Usage:"));
        Assert.That(run.Error, Is.Empty);
    }

    [TestCase("northstar", "--nope")]
    [TestCase("northstar", "nope")]
    [TestCase("northstar", "--config")]
    [TestCase("nstar")]
    [TestCase("nstar", "nope")]
    [TestCase("nstar", "install", "x")]
    [TestCase("nstar", "start")]
    [TestCase("nstar", "-u", "http://x", "list")]
    [TestCase("nstar", "-t", "5", "list")]
    [TestCase("nstar", "kill", "a:1.0.0", "x")]
    [TestCase("nstar", "notifications", "-n", "x")]
    [TestCase("sextant", "pack")]
    [TestCase("sextant", "pack", "-m", "m", "-o", "o", "-c", "lzma")]
    [TestCase("sextant", "gen-key", "-n", "x")]
    public async Task T273_Usage_Wrong_GoesToStandardErrorWithExitCodeTwo(string name, params string[] arguments)
    {
        Invocation run = await Invocation.RunAsync(name, arguments);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("Usage:"));
        Assert.That(run.Output, Is.Empty);
    }

    [Test]
    public async Task Runtime_MissingConfiguration_Fails()
    {
        Invocation run = await Invocation.RunAsync("northstar", ["--config", "/nonexistent/northstar.toml"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.StartWith("Error: read the configuration /nonexistent/northstar.toml: "));
    }

    [Test]
    public async Task Runtime_InvalidConfiguration_FailsWithEveryPlace()
    {
        using var folder = new Npk.Support.TestFolder();
        string path = folder.Write("n.toml", "cgruop = 1\nrun_dir = \"r\"\ndata_dir = \"d\"\n"u8.ToArray());
        Invocation run = await Invocation.RunAsync("northstar", ["-c", path]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error.Split('\n'), Is.EqualTo(new[]
        {
            $"Error: the configuration {path} has 2 errors",
            $"{path}:1:1: cgroup is missing: the name of the top-level cgroup",
            $"{path}:1:1: unknown key cgruop; did you mean 'cgroup'?",
            "",
        }));
    }

    [Test]
    public async Task U095_Runtime_SampleAsPrinted_FailsWithPlaceAndHint()
    {
        using var folder = new Npk.Support.TestFolder();
        string path = folder["n.toml"];
        await File.WriteAllTextAsync(path, Configurations.Golden("configuration-sample.toml"));
        Invocation run = await Invocation.RunAsync("northstar", ["-c", path]);
        Assert.That(run, Is.EqualTo(new Invocation(
            ExitCode.Failure, "", $"Error: the configuration {path} has an error\n{path}:33:8: '/bin/strace' is no value; text needs quotes\n")));
    }

    [TestCase("plain", "plain")]
    [TestCase("täst 🚀", "täst 🚀")]
    [TestCase("a\nb\tc\rd", "a\\nb\\tc\\rd")]
    [TestCase("\e[31m", "\\u001B[31m")]
    [TestCase("\u0080\u009B", "\\u0080\\u009B")]
    [TestCase("\u202Eabc", "\\u202Eabc")]
    [TestCase("a\u2028b", "a\\u2028b")]
    public void Line_OfAnything_CanBePrinted(string text, string printed)
    {
        Assert.That(Printable.Line(text), Is.EqualTo(printed));
    }

    [Test]
    public void Lines_OfSeveral_KeepLineFeedsAndTabs()
    {
        Assert.That(Printable.Lines("x\n\ty\e"), Is.EqualTo("x\n\ty\\u001B"));
        Assert.That(Printable.Line($"{(char)0xD800}x"), Is.EqualTo("\\uD800x"));
    }
}
