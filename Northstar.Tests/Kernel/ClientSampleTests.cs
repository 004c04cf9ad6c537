// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The samples that use the console, from outside and from inside of a container.</summary>
internal sealed class ClientSampleTests : RuntimeFixture
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Console_OpenedFromTheEnvironmentOfAContainer_HasItsPermissionsAndNoOthers()
    {
        var id = ContainerId.Parse("console:0.0.1");
        await Client.InstallAsync(TestPackages.Sample("console"), "mem");
        await Client.InstallAsync(TestPackages.Sample("crashing"), "mem");
        await Client.StartAsync(id);
        await OutputAsync("^this is console:0.0.1$");
        await OutputAsync("^refused: repositories: permission denied; this connection needs 'repositories'$");
        await OutputAsync("^console:0.0.1: started$");
        await OutputAsync("^crashing:0.0.1: not started$");
        await ExitAsync(id, new ExitStatus.Signalled(15));
    }

    [Test]
    [Requires(HostFeature.SocketTool)]
    public Task Client_InShell_StartsAContainerAndSeesItsEnd() => RunAsync("sh", "client.sh");

    [Test]
    [Requires(HostFeature.Python)]
    public Task Client_InPython_StartsAContainerAndSeesItsEnd() => RunAsync("python3", "client.py");

    [Test]
    [Requires(HostFeature.Node)]
    public Task Client_InNode_StartsAContainerAndSeesItsEnd() => RunAsync("node", "client.mjs");

    private async Task RunAsync(string interpreter, string client)
    {
        await InstallAsync("mem", "crashing", "hello-world");
        (int code, string output, string error) = await RunAsync(interpreter, client, "crashing:0.0.1");
        Assert.That((code, error), Is.EqualTo((0, "")));
        Assert.That(output, Is.EqualTo("installed: crashing:0.0.1 hello-world:0.0.1\nstarted crashing:0.0.1\nended: {\"exit\":{\"code\":101}}\n"));

        (code, output, error) = await RunAsync(interpreter, client, "missing:0.0.1");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.StartWith("installed: ").And.Not.Contain("\nstarted"));
        Assert.That(error, Does.Contain("invalid_container"));
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string interpreter, string client, string container)
    {
        string path = Path.Combine(HostProbe.Repository, "samples", "clients", client);
        using Process process = Process.Start(new ProcessStartInfo(interpreter, [path, ConsolePath, container])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
            await process.WaitForExitAsync().WaitAsync(s_patience);
            return (process.ExitCode, output, await error);
        }
        finally
        {
            process.Kill();
        }
    }
}
