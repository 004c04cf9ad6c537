// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux;

namespace Northstar.Tests.Runtime.Linux;

/// <summary>What files of the kernel say about processes.</summary>
internal sealed class ProcessProbeTests
{
    private string _file = null!;

    [SetUp]
    public void SetUp() => _file = Path.GetTempFileName();

    [TearDown]
    public void TearDown() => File.Delete(_file);

    [TestCase("core\n", null)]
    [TestCase("/var/cores/%e.%p\n", null)]
    [TestCase("|/usr/lib/crash %p\n", "{0} names a program: |/usr/lib/crash %p")]
    [TestCase("\n", null)]
    public void H58_CorePattern_ThatIsAProgram_IsNamed(string text, string? problem)
    {
        File.WriteAllText(_file, text);
        Assert.That(ProcessProbes.CoreFiles(_file), Is.EqualTo(problem?.Replace("{0}", _file, StringComparison.Ordinal)));
    }

    [TestCase("950000\n", null)]
    [TestCase("-1\n", "{0} is -1")]
    [TestCase("0\n", null)]
    public void H61_RealtimeWithoutThrottling_IsNamed(string text, string? problem)
    {
        File.WriteAllText(_file, text);
        Assert.That(ProcessProbes.RealtimeThrottling(_file), Is.EqualTo(problem?.Replace("{0}", _file, StringComparison.Ordinal)));
    }

    [Test]
    public void FileThatIsNotThere_IsNoProblem()
    {
        File.Delete(_file);
        Assert.That(ProcessProbes.CoreFiles(_file), Is.Null);
        Assert.That(ProcessProbes.RealtimeThrottling(_file), Is.Null);
    }
}
