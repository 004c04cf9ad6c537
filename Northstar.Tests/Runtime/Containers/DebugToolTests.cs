// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Runtime;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Linux;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>Debug tools without a container: how programs are found, what of a trace is kept.</summary>
internal sealed class DebugToolTests
{
    [TestCase("-s 256", false)]
    [TestCase("-f -s 256", true)]
    [TestCase("-ff", true)]
    [TestCase("-ttf", true)]
    [TestCase("--follow-forks", true)]
    [TestCase("-efork", false)]
    [TestCase("-e trace=fork", false)]
    [TestCase("-o f", false)]
    [TestCase("-of", false)]
    [TestCase("-", false)]
    [TestCase("", false)]
    public void T140_FollowsForks_OfFlags_IsSeen(string flags, bool follows) =>
        Assert.That(StraceTool.FollowsForks(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Is.EqualTo(follows));

    [TestCase(false, new[] { "[pid 3] execve(\"/init\", ...", "read(0" })]
    [TestCase(true, new[] { "strace: Process 2 attached", "write(1, \"execve\")", "[pid 3] execve(\"/init\", ...", "read(0" })]
    public void T140_Trace_BeginsWithTheExecveUnlessTheRuntimeIsIncluded(bool includeRuntime, string[] kept)
    {
        string[] lines = ["strace: Process 2 attached", "write(1, \"execve\")", "[pid 3] execve(\"/init\", ...", "read(0"];
        var filter = new StraceFilter(includeRuntime);
        Assert.That(lines.Where(l => filter.Accepts(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(l)))), Is.EqualTo(kept));
    }

    [Test]
    public void H98_Programs_AreLookedUpOnceAndNamedWhenMissing()
    {
        var options = new DebugOptions { Strace = new StraceOptions { Path = "/nowhere/strace" }, Perf = new PerfOptions { Path = "/etc/passwd" } };
        options.Commands.Add("no-such-program-anywhere <PID>");
        options.Commands.Add("  sh -c  x ");
        var missing = new List<string>();

        var tools = DebugTools.Find(options, new ToolHost("", "", NullLogger.Instance, NullLogger.Instance), missing);

        Assert.That(missing, Is.EqualTo(new[]
        {
            "debug.strace.path: there is no program /nowhere/strace; install it or remove the key",
            "debug.perf.path: there is no program /etc/passwd; install it or remove the key",
            "debug.commands: there is no program no-such-program-anywhere in PATH; install it or remove the key",
        }));
        Assert.That(tools.Description, Is.EqualTo($"{SearchPath.Find("sh")} (debug.commands)"));
    }

    [Test]
    public void SearchPath_RelativePath_BecomesAbsolute() =>
        Assert.That(SearchPath.Find("../../../../../../../../../../bin/sh"), Is.EqualTo("/bin/sh"));

    [Test]
    public void SearchPath_Directory_IsNoProgram() => Assert.That(SearchPath.Find("/tmp"), Is.Null);
}
