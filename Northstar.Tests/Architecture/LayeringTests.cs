// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using System.Text.RegularExpressions;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Structure;

/// <summary>Who may use whom: between the projects, and between the folders of the runtime.</summary>
internal sealed partial class LayeringTests
{
    private static readonly string[] s_runtimeOrder =
        ["Interop", "Handles", "Linux", "Launch", "Repositories", "Containers", "Engine", "Console"];

    private static IEnumerable<TestCaseData> Assemblies()
    {
        yield return new TestCaseData(typeof(NpkPackage).Assembly, new[] { "YamlDotNet" });
        yield return new TestCaseData(typeof(NorthstarClient).Assembly, new[] { "Northstar.Npk" });
        yield return new TestCaseData(
            typeof(NorthstarRuntime).Assembly,
            new[]
            {
                "Northstar.Npk", "Northstar.Api", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Hosting.Abstractions",
                "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
            });
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Library_References_OnlyWhatItMay(Assembly library, string[] allowed)
    {
        IEnumerable<string> references = library.GetReferencedAssemblies().Select(static a => a.Name!)
            .Where(static name => !name.StartsWith("System", StringComparison.Ordinal) && name is not ("netstandard" or "Microsoft.Win32.Primitives"));
        Assert.That(references, Is.SubsetOf(allowed));
    }

    private static IEnumerable<string> RuntimeSources() =>
        s_runtimeOrder.SelectMany(static folder =>
            Directory.EnumerateFiles(Path.Combine(HostProbe.Repository, "Northstar.Runtime", folder), "*.cs", SearchOption.AllDirectories));

    [TestCaseSource(nameof(RuntimeSources))]
    public void RuntimeFolder_Uses_OnlyFoldersToItsLeft(string file)
    {
        string folder = Path.GetRelativePath(Path.Combine(HostProbe.Repository, "Northstar.Runtime"), file).Split('/')[0];
        int own = Array.IndexOf(s_runtimeOrder, folder);
        foreach (Match use in FolderUse().Matches(File.ReadAllText(file)))
        {
            int used = Array.IndexOf(s_runtimeOrder, use.Groups[1].Value);
            Assert.That(used, Is.LessThanOrEqualTo(own), $"{folder} uses {use.Groups[1].Value}");
        }
    }

    [Test]
    public void Init_Shares_NoAssemblyOfOurs()
    {
        string project = File.ReadAllText(Path.Combine(HostProbe.Repository, "Northstar.Runtime/Init/Northstar.Init.csproj"));
        Assert.That(project, Does.Not.Contain("ProjectReference").And.Not.Contain("PackageReference"));
    }

    [GeneratedRegex(@"^using Northstar\.Runtime\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex FolderUse();
}
