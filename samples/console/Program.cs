// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Samples;

await using NorthstarClient client = await NorthstarClient.ConnectFromEnvironmentAsync();

ContainerId self = await client.IdentAsync();
Output.WriteLine($"this is {self}");
try
{
    await client.RepositoriesAsync();
}
catch (ApiException e) when (e.Failure == ApiFailure.PermissionDenied)
{
    Output.WriteLine($"refused: {e.Message}");
}

foreach (ContainerId container in (await client.ListAsync()).Order())
{
    InspectData data = await client.InspectAsync(container);
    Output.WriteLine($"{container}: {(data.Process is null ? "not started" : "started")}");
}

Output.WriteLine("now it ends itself");
await client.KillAsync(self, signal: 15);
Thread.Sleep(Timeout.Infinite);
