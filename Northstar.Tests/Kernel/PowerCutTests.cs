// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The power of a virtual machine cut during installs, a few times; <c>eng/power-cut.sh</c> does it as often as wanted.</summary>
[Category("VirtualMachine")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.SquashfsTools, HostFeature.Executable)]
internal sealed class PowerCutTests
{
    private const int NoMachine = 77;

    [Test]
    public void H17_PowerCut_LosesNothingThatWasAnsweredFor()
    {
        (int status, string output, string errors) = CCompiler.Run(Path.Combine(HostProbe.Repository, "eng", "power-cut.sh"), "2");
        TestContext.Out.WriteLine(output);
        if (status == NoMachine)
        {
            Assert.Ignore($"needs a virtual machine: {output.Trim()}");
        }

        Assert.That(status, Is.Zero, errors);
        Assert.That(output, Does.Contain("2 cuts after"));
    }
}
