// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Northstar.Tests.Runner;

/// <summary>The tests of a category, without those that are named.</summary>
internal sealed class Selection(string category) : TestFilter
{
    private readonly List<(string Start, string Reason)> _excluded = [];
    private readonly HashSet<ITest> _chosen = [];

    /// <summary>Gets expressions that the full names of the tests match, all of them, in whatever case.</summary>
    internal List<string> Expressions { get; } = [];

    /// <summary>Gets or sets which part runs, from 1, and of how many. Fixtures are shared out whole, so that each part has about as many tests.</summary>
    internal (int Part, int Of) Share { get; set; } = (1, 1);

    /// <summary>Leaves tests out. Each line is the start of a full name, white space, the reason; empty lines and those that begin with # count for nothing.</summary>
    internal void Exclude(IEnumerable<string> lines)
    {
        foreach (string line in lines.Where(static line => line.Length > 0 && line[0] != '#'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0 || line[space..].Trim() is not { Length: > 0 } reason)
            {
                throw new FormatException($"'{line}': a reason is missing");
            }

            _excluded.Add((line[..space], reason));
        }
    }

    /// <summary>Chooses among the tests of an assembly. Call it once all is set, before the run.</summary>
    internal void ChooseFrom(ITest assembly)
    {
        int[] load = new int[Share.Of];
        _chosen.Clear();
        foreach (IGrouping<string, ITest> fixture in Cases(assembly).Where(IsOfCategory).GroupBy(static t => t.ClassName ?? "").OrderByDescending(static f => f.Count()).ThenBy(static f => f.Key, StringComparer.Ordinal))
        {
            int least = Array.IndexOf(load, load.Min());
            load[least] += fixture.Count(t => WhyExcluded(t) is null);
            if (least == Share.Part - 1)
            {
                _chosen.UnionWith(fixture);
            }
        }
    }

    /// <summary>Returns all chosen tests, also those left out.</summary>
    internal IEnumerable<ITest> Of(ITest test) => Cases(test).Where(_chosen.Contains);

    /// <summary>Returns what is left out, and why.</summary>
    internal IEnumerable<(ITest Test, string Reason)> Excluded(ITest test) =>
        Of(test).Select(t => (t, WhyExcluded(t)!)).Where(static t => t.Item2 is not null);

    /// <summary>Returns whether a test runs; a suite does when one of its tests does.</summary>
    public override bool Pass(ITest test, bool negated) =>
        test.IsSuite ? test.Tests.Any(t => Pass(t, negated)) : Match(test);

    /// <summary>Returns whether a test runs.</summary>
    public override bool Match(ITest test) => _chosen.Contains(test) && WhyExcluded(test) is null;

    /// <summary>Not needed here.</summary>
    public override TNode AddToXml(TNode parentNode, bool recursive) => throw new NotSupportedException();

    private static IEnumerable<ITest> Cases(ITest test) => test.IsSuite ? test.Tests.SelectMany(Cases) : [test];

    private bool IsOfCategory(ITest test)
    {
        for (ITest? at = test; at is not null; at = at.Parent)
        {
            if (at.Properties[PropertyNames.Category].Contains(category))
            {
                return Expressions.TrueForAll(e => Regex.IsMatch(test.FullName, e, RegexOptions.IgnoreCase));
            }
        }

        return false;
    }

    private string? WhyExcluded(ITest test) =>
        _excluded.Find(e => test.FullName.StartsWith(e.Start, StringComparison.Ordinal)).Reason;
}
