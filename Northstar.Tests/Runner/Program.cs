// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;

namespace Northstar.Tests.Runner;

/// <summary>Runs the tests in this process, with nothing but the .NET runtime: for machines where <c>dotnet test</c> is too much.</summary>
/// <remarks>
/// <c>dotnet Northstar.Tests.dll list|run CATEGORY [--without FILE] [--only REGEX] [--part N/M]</c>. A file for <c>--without</c> has a line for each
/// left out test: the start of its full name, white space, the reason. Such tests are reported as skipped. <c>--only</c>: those whose full name
/// matches the expression, in whatever case; may be given again. <c>--part 1/2</c>: the first half; the same tests go to the same part in every run of a build.
/// </remarks>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [("list" or "run") and var command, var category, .. var options] || options.Length % 2 != 0)
        {
            return Usage();
        }

        var selection = new Selection(category);
        for (int i = 0; i < options.Length; i += 2)
        {
            switch (options[i])
            {
                case "--without":
                    selection.Exclude(File.ReadLines(options[i + 1]));
                    break;
                case "--only":
                    selection.Expressions.Add(options[i + 1]);
                    break;
                case "--part" when Part(options[i + 1]) is { } part:
                    selection.Share = part;
                    break;
                default:
                    return Usage();
            }
        }

        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        var assembly = Assembly.GetExecutingAssembly();
        runner.Load(assembly, new Dictionary<string, object>
        {
            ["NumberOfTestWorkers"] = 0,
            ["LOAD"] = FixturesWith(assembly, category),
        });
        selection.ChooseFrom(runner.LoadedTest!);
        if (command == "list")
        {
            foreach (string name in selection.Of(runner.LoadedTest!).Select(static test => test.FullName))
            {
                Console.Out.WriteLine(ResultLines.OneLine(name));
            }

            return 0;
        }

        using var report = new ResultLines(Console.OpenStandardOutput());
        foreach ((ITest test, string reason) in selection.Excluded(runner.LoadedTest!))
        {
            report.Skipped(test.FullName, reason);
        }

        runner.Run(report, selection);
        report.End();
        return report.Failed == 0 ? 0 : 1;
    }

    /// <summary>Names the fixtures that have tests of a category. To make all thousands of tests to run some of them takes long on a slow machine.</summary>
    private static List<string> FixturesWith(Assembly assembly, string category) =>
        [.. assembly.GetTypes().Where(type => Has(type, category) || Array.Exists(type.GetMethods(), method => Has(method, category))).Select(static type => type.FullName!)];

    private static bool Has(MemberInfo member, string category) =>
        Attribute.GetCustomAttributes(member, typeof(CategoryAttribute), inherit: true).Cast<CategoryAttribute>().Any(attribute => attribute.Name == category);

    private static (int Part, int Of)? Part(string text) =>
        text.Split('/') is [var part, var of] && int.TryParse(part, out int p) && int.TryParse(of, out int n) && p >= 1 && p <= n ? (p, n) : null;

    private static int Usage()
    {
        Console.Error.WriteLine("usage: dotnet Northstar.Tests.dll list|run CATEGORY [--without FILE] [--only REGEX] [--part N/M]");
        return 2;
    }
}
