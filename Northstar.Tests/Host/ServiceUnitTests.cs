// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Tests.Support;

namespace Northstar.Tests.Host;

/// <summary>The unit for systemd.</summary>
internal sealed class ServiceUnitTests
{
    private const string Capabilities =
        "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_SYS_ADMIN CAP_SYS_NICE CAP_SYS_RESOURCE";

    private static string Unit => File.ReadAllText(Path.Combine(HostProbe.Repository, "Northstar.Host", "northstar.service"));

    [Test]
    public void H02_Unit_IsNotRootAndGivesTheListedCapabilities()
    {
        string[] lines = Unit.Split('\n');
        Assert.That(lines, Does.Contain("User=northstar"));
        Assert.That(lines, Does.Contain("CapabilityBoundingSet=" + Capabilities));
        Assert.That(lines, Does.Contain("AmbientCapabilities=" + Capabilities));
        Assert.That(lines, Does.Contain("NoNewPrivileges=yes"));
    }

    [Test]
    [Requires(HostFeature.SystemdAnalyze)]
    public async Task Unit_IsAcceptedBySystemd()
    {
        string directory = Directory.CreateTempSubdirectory("northstar-unit-").FullName;
        try
        {
            // The program is not installed here.
            string unit = Path.Combine(directory, "northstar.service");
            await File.WriteAllTextAsync(unit, Unit.Replace("/usr/bin/northstar", HostProbe.FindTool("true"), StringComparison.Ordinal));
            using Process verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", unit]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string output = await verify.StandardError.ReadToEndAsync() + await verify.StandardOutput.ReadToEndAsync();
            await verify.WaitForExitAsync();
            Assert.That(verify.ExitCode, Is.Zero, output);
            Assert.That(output.Split('\n').Where(l => l.Contains(unit, StringComparison.Ordinal)), Is.Empty);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
