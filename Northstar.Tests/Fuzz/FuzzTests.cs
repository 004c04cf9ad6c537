// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Tests.Fuzz.Targets;

namespace Northstar.Tests.Fuzz;

/// <summary>
/// Every parser of bytes from outside gets changed inputs: it answers with what it documents, within its memory and in time, and what it accepts is consistent.
/// </summary>
[TestFixture, Category("Fuzz")]
internal sealed class FuzzTests
{
    private const int MaxShownBytes = 600;

    private static readonly TimeSpan s_hangsAfter = TimeSpan.FromSeconds(60);
    private static readonly List<string> s_report = [];

    private static IEnumerable<TestCaseData> Targets() => FuzzTargets.All.Select(target => new TestCaseData(target).SetArgDisplayNames(target.Name));

    private static IEnumerable<TestCaseData> Fixtures() =>
        FuzzFixtures.All().Select(fixture =>
            new TestCaseData(fixture.Target, fixture.File).SetArgDisplayNames(fixture.Target, Path.GetFileNameWithoutExtension(fixture.File)));

    [OneTimeSetUp]
    public void PrintSeed() => TestContext.Progress.WriteLine($"fuzz: NORTHSTAR_FUZZ_SEED={FuzzBudget.Seed}");

    [OneTimeTearDown]
    public void PrintReach() => TestContext.Progress.WriteLine(string.Join('\n',
        s_report.Prepend("fuzz: target, cases, accepted, cases/s, most memory of what is allowed; times each kind of error was hit")));

    [TestCaseSource(nameof(Targets))]
    public void H01_H03_H06_H07_H11_H70_PC3_ChangedInput_IsReadOrRefusedAsDocumented(FuzzTarget target)
    {
        using var blackBox = new BlackBox(target.Name);
        var session = new FuzzSession(target, FuzzBudget.Seed, blackBox);
        var watch = Stopwatch.StartNew();

        Run(session, target, () =>
        {
            session.RunCorpus();
            string[] missed = [.. session.Reach.Where(kind => kind.Value == 0).Select(kind => kind.Key)];
            FuzzException.Require(missed.Length == 0, $"no input of the corpus hits {string.Join(", ", missed)}");
            session.RunMutations(FuzzBudget.CasesOf(target), FuzzBudget.TimeOf(target));
            target.Finish();
        });

        string reach = string.Join(", ", session.Reach.Select(kind => $"{kind.Key} {kind.Value}"));
        s_report.Add($"  {target.Name,-20} {session.Case,9} {session.Accepted,9} {session.Case / watch.Elapsed.TotalSeconds,9:F0} {session.LargestAllocationPercent,3} %  {reach}");
    }

    [TestCaseSource(nameof(Fixtures))]
    public void PC3_InputThatOnceWentWrong_IsReadOrRefusedAsDocumented(string name, string file)
    {
        FuzzTarget target = FuzzTargets.Make().Single(t => t.Name == name);
        using var blackBox = new BlackBox(name);
        var session = new FuzzSession(target, FuzzBudget.Seed, blackBox);

        Run(session, target, () =>
        {
            session.RunCase(File.ReadAllBytes(file));
            target.Finish();
        });
    }

    /// <summary>Every rule that bytes can break is broken by the corpus of a target, and each target proves its own.</summary>
    [Test]
    public void Targets_Together_ReachEveryRuleOfPackages()
    {
        IEnumerable<string> hit = FuzzTargets.All.SelectMany(target => target.Kinds);
        Assert.That(PackageNearMisses.Rules("ZEMGAIBK").Except(hit), Is.Empty);
    }

    [Test]
    public void Targets_Together_HaveTheCasesOfARun()
    {
        Assert.That(FuzzTargets.All.Sum(target => target.Cases), Is.GreaterThanOrEqualTo(200_000));
        Assert.That(FuzzTargets.All.Select(target => target.Name), Is.Unique);
    }

    /// <summary>Runs on a thread of its own, so that a hang can be told from a slow machine and named.</summary>
    private static void Run(FuzzSession session, FuzzTarget target, Action run)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { IsBackground = true };
        thread.Start();
        while (!thread.Join(200))
        {
            if (session.Age > s_hangsAfter)
            {
                Assert.Fail(Describe(session, target, $"the case has been running for {session.Age.TotalSeconds:F0} s"));
            }
        }

        if (failure is not null)
        {
            Assert.Fail(Describe(session, target, failure.ToString()));
        }
    }

    private static string Describe(FuzzSession session, FuzzTarget target, string what)
    {
        byte[] input = session.Input;
        string shown = input.Length <= MaxShownBytes ? $"\nbase64: {Convert.ToBase64String(input)}" : "";
        return $"target {target.Name}, case {session.Case}, NORTHSTAR_FUZZ_SEED={session.Seed}: {what}\n"
            + $"input of {input.Length} bytes: {FuzzFixtures.Save(target.Name, input)}{shown}";
    }
}
