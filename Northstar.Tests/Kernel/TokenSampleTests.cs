// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Containers that prove their names to each other: the samples token-server and token-client.</summary>
[Requires(HostFeature.ProcessIdentity)]
internal sealed class TokenSampleTests : RuntimeFixture
{
    private static readonly ContainerId s_server = ContainerId.Parse("token-server:0.0.1");
    private static readonly ContainerId s_client = ContainerId.Parse("token-client:0.0.1");

    [SetUp]
    public async Task StartServer()
    {
        await InstallAsync("mem", "token-server", "token-client");
        await Client.StartAsync(s_server);
        await OutputAsync("^listening on the socket tokens$");
    }

    [Test]
    public async Task T260_Client_IsKnownByItsToken()
    {
        await Client.StartAsync(s_client);
        await OutputAsync("^token-client: Ok$");
        await OutputAsync("^echo: line 0$");
        await Client.KillAsync(s_client, 15);
        await OutputAsync("^token-client: [1-9][0-9]* lines$");
    }

    /// <summary>A token that got into other hands: whose it is goes on running meanwhile.</summary>
    [Test]
    public async Task C12_TokenOfAnother_IsInvalidInTheHandsOfAThief()
    {
        await Client.StartAsync(s_client, null, ["print"], new Dictionary<string, string>());
        string line = (await OutputAsync("^token-client [A-Za-z0-9+/]+=*$")).Message;
        string token = line.Split(' ')[^1];
        ContainerId thief = await Client.InstallAsync(TestPackages.Patched("token-client", NewPath("thief.npk"), ("name: token-client", "name: thief")), "mem");

        await Client.StartAsync(thief, null, ["token-client", token], new Dictionary<string, string>());

        await OutputAsync("^token-client: Invalid$");
        await ExitAsync(thief, new ExitStatus.Exit(1));
        await StopAsync(s_client);
        await Client.StartAsync(s_client, null, ["token-client", token], new Dictionary<string, string>());
        await OutputAsync("^token-client: Ok$");
        await StopAsync(s_client);
    }

    /// <summary>The maker of the token has ended, and somebody presents it in its name.</summary>
    [Test]
    public async Task C12_TokenOfAContainerThatDoesNotRun_IsInvalid()
    {
        await Client.StartAsync(s_client, null, ["print"], new Dictionary<string, string>());
        string token = (await OutputAsync("^token-client [A-Za-z0-9+/]+=*$")).Message.Split(' ')[^1];
        await StopAsync(s_client);
        ContainerId thief = await Client.InstallAsync(TestPackages.Patched("token-client", NewPath("thief.npk"), ("name: token-client", "name: thief")), "mem");
        await Client.StartAsync(thief, null, ["token-client", token], new Dictionary<string, string>());
        await OutputAsync("^token-client: Invalid$");
        await ExitAsync(thief, new ExitStatus.Exit(1));
    }
}
