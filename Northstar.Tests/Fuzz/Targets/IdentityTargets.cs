// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Npk.Identity;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Names, versions and version requirements. What is accepted reads the same when it is written.</summary>
internal static class IdentityTargets
{
    private static readonly PackageVersion[] s_samples =
        [new(0, 0, 0), new(0, 0, 1), new(0, 1, 0), new(0, 2, 3), new(1, 0, 0), new(1, 2, 3), new(1, 2, 4), new(1, 3, 0), new(2, 0, 0), new(ulong.MaxValue, 0, ulong.MaxValue)];

    internal static IEnumerable<FuzzTarget> All()
    {
        string[] tested = [.. Corpora.TestCases(typeof(VersionTests)), .. Corpora.TestCases(typeof(ContainerNameTests))];
        yield return Target("name", ["hello", "a.b_c-D", "..", new string('a', 128), new string('a', 1024), .. tested], 12_000, text =>
            ContainerName.TryParse(text, out ContainerName name) ? name : null, CheckName);
        yield return Target("container", ["hello:0.0.1", "a:1.2.3-rc.1+b", "a:0.0.18446744073709551615", ":", .. tested], 12_000, text =>
            ContainerId.TryParse(text, out ContainerId id) ? id : null, CheckContainer);
        yield return Target("version", ["0.0.0", "1.2.3-alpha.1+build.5", "18446744073709551615.0.1", .. tested], 12_000, text =>
            PackageVersion.TryParse(text, out PackageVersion version) ? version : null, CheckVersion);
        yield return Target("requirement", ["*", ">=1.2, <2", "^1.2.3-rc.1", "~1.2", "1.*", "=1.2.x", "<0.0.1-a+b", .. tested], 18_000, text =>
            VersionRequirement.TryParse(text, out VersionRequirement? requirement) ? requirement : null, CheckRequirement);
    }

    private static FuzzTarget Target(string name, string[] texts, int cases, Func<string, object?> parse, Action<string, object> check)
    {
        byte[][] corpus = Corpora.Bytes(texts);
        return new FuzzTarget
        {
            Name = name,
            Corpus = corpus,
            Probes = [Corpora.Bytes(string.Join(',', Enumerable.Repeat("1", 100_000)))],
            Mutator = new TextMutator(["-", ".", "+", ",", "*", "x", ">=", "~", "^"], corpus),
            Parse = input => new FuzzOutcome(parse(Encoding.UTF8.GetString(input))),
            Check = (input, value) => check(Encoding.UTF8.GetString(input), value),
            AllocationCapBytes = 1 << 20,
            Cases = cases,
        };
    }

    private static void CheckName(string text, object value)
    {
        var name = (ContainerName)value;
        FuzzException.Require(name.ToString() == text && text.All(char.IsAscii) && text.IndexOfAny(['/', '\0', '\n', ' ', ':']) < 0, "a name is its text, of few characters");
        FuzzException.Require(!name.IsUsable || Path.GetFileName(Path.GetFullPath(Path.Combine("/base", text))) == text, "a usable name is a direct child of the base");
        FuzzException.Require(!name.IsUsable || Path.GetDirectoryName(Path.GetFullPath(Path.Combine("/base", text))) == "/base",
            "a usable name is a direct child of the base");
    }

    private static void CheckContainer(string text, object value)
    {
        var id = (ContainerId)value;
        FuzzException.Require(ContainerId.Parse(id.ToString()) == id && text.StartsWith($"{id.Name}:", StringComparison.Ordinal), "a container reads back");
        CheckName(id.Name.ToString(), id.Name);
    }

    private static void CheckVersion(string text, object value)
    {
        var version = (PackageVersion)value;
        string plain = version.ToString();
        FuzzException.Require(PackageVersion.Parse(plain) == version, "a version reads back");
        FuzzException.Require(text == plain || (text.StartsWith(plain, StringComparison.Ordinal) && text[plain.Length] is '-' or '+'),
            "a version is its text, but for a suffix");
    }

    private static void CheckRequirement(string text, object value)
    {
        var requirement = (VersionRequirement)value;
        FuzzException.Require(VersionRequirement.TryParse(requirement.ToString(), out VersionRequirement? again), $"'{requirement}' is refused");
        FuzzException.Require(again!.Equals(requirement) && again.ToString() == requirement.ToString(), $"'{requirement}' reads as '{again}'");
        foreach (PackageVersion version in s_samples)
        {
            FuzzException.Require(again.Matches(version) == requirement.Matches(version), $"'{requirement}' and '{again}' differ about {version}");
        }
    }
}
