// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Northstar.Host;
using Northstar.Host.Configuration;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Launch;
using Northstar.Tests.Support;
using Snippets;

namespace Northstar.Tests.Structure;

/// <summary>What the documents say is so: links lead somewhere, snippets compile, tables agree with the code.</summary>
internal sealed partial class DocumentationTests
{
    private static readonly string[] s_readmes = ["README.md", "Northstar.Api/README.md", "Northstar.Npk/README.md", "Northstar.Runtime/README.md"];

    /// <summary>The tables of a configuration; <c>ID</c> stands for the id of a repository.</summary>
    private static readonly string[] s_tables =
    [
        "", "console", "console.global", "console.global.options", "console.options", "debug", "debug.strace", "debug.perf", "repositories.ID",
        "policy.ID", "policy.ID.console_scope",
    ];

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(HostProbe.Repository, "*.md", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(HostProbe.Repository, path))
            .Where(static path => !path.Split('/').Any(static part => part is "bin" or "obj" or "artifacts" or ".git"))
            .Order(StringComparer.Ordinal);

    private static string Read(string path) => File.ReadAllText(Path.Combine(HostProbe.Repository, path));

    [TestCaseSource(nameof(Documents))]
    public void RelativeLinks_InDocument_LeadSomewhere(string document)
    {
        foreach (Match link in Link().Matches(Read(document)))
        {
            string[] target = link.Groups[1].Value.Split('#', 2);
            if (target[0].Contains("://", StringComparison.Ordinal))
            {
                continue;
            }

            string path = target[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, target[0]);
            Assert.That(Path.Exists(Path.Combine(HostProbe.Repository, path)), $"{document} links to {link.Groups[1].Value}");
            if (target.Length == 2)
            {
                Assert.That(Anchors(Read(path)), Does.Contain(target[1]), $"{document} links to {link.Groups[1].Value}");
            }
        }
    }

    [TestCaseSource(nameof(s_readmes))]
    public void Snippets_InReadme_AreCompiled(string readme)
    {
        string source = Read("Northstar.Tests/Architecture/ReadmeSnippets.cs");
        string[] regions = [.. Region().Matches(source).Select(static m => Outdented(m.Groups[1].Value))];
        MatchCollection snippets = Snippet().Matches(Read(readme));
        Assert.That(snippets, Is.Not.Empty);
        foreach (Match snippet in snippets)
        {
            string[] lines = snippet.Groups[1].Value.Split('\n');
            Assert.That(source.Split('\n'), Is.SupersetOf(lines.Where(static l => Using().IsMatch(l))));
            Assert.That(regions, Does.Contain(Outdented(string.Join('\n', lines.Where(static l => !Using().IsMatch(l))))));
        }
    }

    [Test]
    [Requires(HostFeature.SquashfsTools)]
    public void Snippet_OfPacking_Works()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("northstar-readme-");
        try
        {
            directory.CreateSubdirectory("root");
            File.WriteAllText(Path.Combine(directory.FullName, "manifest.yaml"), "name: hello\nversion: 1.0.0\nuid: 1\ngid: 1\n");
            Assert.That(() => ReadmeSnippets.Pack(directory.FullName), Throws.Nothing);
            Assert.That(Path.Combine(directory.FullName, "hello-1.0.0.npk"), Does.Exist);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Test]
    [Category("Kernel")]
    [NonParallelizable]
    [Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples)]
    [CancelAfter(30_000)]
    public async Task Snippet_OfEmbeddingInATest_Works(CancellationToken cancellationToken)
    {
        var leaks = new LeakCheck();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("northstar-readme-");
        try
        {
            directory.CreateSubdirectory("run");
            directory.CreateSubdirectory("data");
            await ReadmeSnippets.EmbedInTestAsync(directory.FullName, TestPackages.KeyFile, TestPackages.Sample("hello-world")).WaitAsync(cancellationToken);
            leaks.AssertNothingIsLeft();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> ConfigurationKeys() =>
        Rows(Section(Read("README.md"), "### Keys")).Select(static cells => cells[0].Trim('`'));

    [TestCaseSource(nameof(ConfigurationKeys))]
    public void ConfigurationKey_OfReadme_IsReadByTheHost(string key)
    {
        // No key takes a date: one that is known complains about it.
        string path = key.Replace("ID", "id", StringComparison.Ordinal).Replace("RESOURCE", "nofile", StringComparison.Ordinal);
        Assert.That(Problems($"{path} = 1979-05-27"), Has.Some.Match($"^{Regex.Escape(path)}: .* is needed, not "));
    }

    [TestCaseSource(nameof(s_tables))]
    public void ConfigurationKey_OfTheHost_IsInReadme(string table)
    {
        string section = Section(Read("README.md"), "## Configuration");
        string prefix = table.Length == 0 ? "" : table + ".";
        string message = Problems($"{prefix.Replace("ID", "id", StringComparison.Ordinal)}zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz = 1")
            .Single(static p => p.StartsWith("unknown key", StringComparison.Ordinal));
        string[] known = message[(message.IndexOf("known here are ", StringComparison.Ordinal) + 15)..].Split(", ");
        foreach (string key in known)
        {
            Assert.That(section, Does.Contain($"`{prefix}{key}`").Or.Contain($"`{prefix}{key}."), key);
        }
    }

    private static IEnumerable<string> Problems(string toml) =>
        Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse(Encoding.UTF8.GetBytes(toml), "file"))!.Problems.Select(static p => p.Message);

    [Test]
    public void ManifestFields_AreThoseOfTheReader()
    {
        string message = ManifestReader.Read("zzz: 1"u8).Diagnostics.First(static d => d.Rule == "P02").Message;
        string[] known = message[(message.IndexOf("known are ", StringComparison.Ordinal) + 10)..].Split(", ");
        IEnumerable<string> documented = Rows(Section(Read("docs/manifest.md"), "## Fields")).Select(static cells => Code().Match(cells[0]).Groups[1].Value);
        Assert.That(documented, Is.EquivalentTo(known));
    }

    [Test]
    public void LogEvents_AreThoseOfTheCode()
    {
        IEnumerable<string> written =
            from type in typeof(NorthstarRuntime).Assembly.GetTypes().Concat(typeof(ExitCode).Assembly.GetTypes())
            where type.Name == "Log"
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select $"{message.EventId} `{message.EventName}` {message.Level}";
        Assert.That(Rows(Section(Read("docs/errors.md"), "## Log events")).Select(static c => $"{c[0]} {c[1]} {c[2]}"), Is.EquivalentTo(written));
    }

    [Test]
    public void ErrorCodes_AreThoseOfTheCode()
    {
        string errors = Read("docs/errors.md");
        Assert.That(Documented("### NpkErrorCode"), Is.EquivalentTo(Values<NpkErrorCode>()));
        Assert.That(Documented("### RuntimeErrorCode"), Is.EquivalentTo(Values<RuntimeErrorCode>()));
        Assert.That(Rows(Section(errors, "## Exit codes")).Select(static c => c[0]), Is.EquivalentTo(Enum.GetValues<ExitCode>().Select(static c => ((int)c).ToString(CultureInfo.InvariantCulture))));

        IEnumerable<string> Documented(string heading) => Rows(Section(errors, heading)).Select(static c => $"{c[0]} {c[1]}");

        static IEnumerable<string> Values<T>()
            where T : struct, Enum => Enum.GetValues<T>().Select(static value => $"{value:D} `{value}`");
    }

    [Test]
    public void Rules_AreThoseOfTheCode() =>
        Assert.That(
            Rows(Section(Read("docs/errors.md"), "### Rules")).Select(static c => $"{c[0]} {c[1]} {c[2]}"),
            Is.EqualTo(NpkRules.All.Select(static rule => $"`{rule.Id}` `{rule.Code}` {rule.Meaning}")));

    [Test]
    public void LaunchSteps_AreThoseOfTheCode()
    {
        // The start of the launcher itself is no step of a launch.
        IEnumerable<string> steps = Enum.GetValues<LaunchStage>().Except([LaunchStage.None, LaunchStage.Launcher]).Select(static s => s.ToString());
        Assert.That(Rows(Read("docs/launch-sequence.md")).Select(static c => c[0]).Where(static c => c.Length > 0), Is.EquivalentTo(steps));
    }

    [Test]
    public void HostFeatures_AreThoseOfTheCode() =>
        Assert.That(
            Rows(Section(Read("docs/kernel-requirements.md"), "## Features")).Select(static c => string.Join(" | ", c)),
            Is.EqualTo(HostFeatures.Probe().Where(static f => f.Group != "rights").Select(static f => $"{f.Name} | {(f.IsRequired ? "yes" : "no")} | {f.Since} | {f.Without}")));

    [Test]
    public void Rights_AreThoseOfTheCode() =>
        Assert.That(
            Rows(Section(Read("docs/kernel-requirements.md"), "## Rights")).Select(static c => string.Join(" | ", c)),
            Is.EqualTo(HostFeatures.Probe().Where(static f => f.Group == "rights").Select(static f => $"`{f.Name}` | {(f.IsRequired ? "yes" : "no")} | {f.Without}")));

    [Test]
    public void KernelOptions_AreThoseOfTheCode() =>
        Assert.That(
            Rows(Section(Read("docs/kernel-requirements.md"), "## Kernel options")).Select(static c => string.Join(" | ", c)),
            Is.EqualTo(KernelOption.All.Select(static o => $"`CONFIG_{o.Name}` | {(o.IsRequired ? "yes" : "no")} | {o.Without}")));

    [Test]
    public void KernelOptions_OfTheChecks_AreInTheTable()
    {
        foreach (HostFinding finding in HostFeatures.Probe())
        {
            Assert.That(finding.Options, Is.SubsetOf(KernelOption.All.Select(static o => o.Name)), finding.Name);
        }
    }

    [Test]
    public void KnownMistakes_AllHaveATestThatExists()
    {
        string[][] rows = [.. Rows(Section(Read("docs/reliability.md"), "## Known mistakes"))];
        Assert.That(rows.Select(static c => c[0]), Is.EqualTo(Enumerable.Range(1, 48).Select(static i => $"W-{i:00}")));
        IEnumerable<string> tests = typeof(DocumentationTests).Assembly.GetTypes()
            .SelectMany(static t => t.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(static m => m.GetCustomAttributes<NUnitAttribute>().Any(static a => a is TestAttribute or TestCaseAttribute or TestCaseSourceAttribute))
            .Select(static m => m.Name);
        Assert.That(rows.SelectMany(static c => c[2].Split(", ")).Select(static name => name.Trim('`')).Distinct(), Is.SubsetOf(tests));
    }

    [Test]
    public void Permissions_AreThoseOfTheCode() =>
        Assert.That(
            Rows(Section(Read("docs/console.md"), "## Permissions")).Select(static c => c[0].Trim('`')), Is.EquivalentTo(PermissionNames.Of(Permissions.Full)));

    /// <summary>Returns what is below a heading, up to the next heading of the same or a higher level.</summary>
    private static string Section(string text, string heading)
    {
        string[] lines = text.Split('\n');
        int start = Array.IndexOf(lines, heading);
        Assert.That(start, Is.Not.Negative, heading);
        int level = heading.IndexOf(' ', StringComparison.Ordinal);
        IEnumerable<string> below = lines.Skip(start + 1).TakeWhile(l => Heading().Match(l) is not { Success: true } next || next.Groups[1].Length > level);
        return string.Join('\n', below);
    }

    /// <summary>Returns the cells of the tables in a text, without headers.</summary>
    private static IEnumerable<string[]> Rows(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 2; i < lines.Length; i++)
        {
            bool isHeader = i + 1 < lines.Length && lines[i + 1].StartsWith("| ---", StringComparison.Ordinal);
            if (lines[i].StartsWith("| ", StringComparison.Ordinal) && !lines[i].StartsWith("| ---", StringComparison.Ordinal) && !isHeader)
            {
                yield return [.. lines[i].Split('|')[1..^1].Select(static cell => cell.Trim())];
            }
        }
    }

    /// <summary>Returns the anchors that GitHub makes of headings.</summary>
    private static IEnumerable<string> Anchors(string text) =>
        text.Split('\n').Select(static l => Heading().Match(l)).Where(static m => m.Success)
            .Select(static m => NoAnchor().Replace(m.Groups[2].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    private static string Outdented(string text)
    {
        string[] lines = [.. text.Trim('\n').Split('\n').Select(static l => l.TrimEnd())];
        int indent = lines.Where(static l => l.Length > 0).Min(static l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length > indent ? l[indent..] : "")).Trim('\n');
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Snippet();

    [GeneratedRegex(@"^ +#region \w+\n(.*?)^ +#endregion", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex Using();

    [GeneratedRegex("^(#+) (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex("`(.+?)`")]
    private static partial Regex Code();
}
