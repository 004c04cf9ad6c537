// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Samples;

// Arguments: none: makes a token, presents it and has lines echoed. print: prints the token and waits. NAME TOKEN: presents that of somebody else.
byte[] shared = "token-server, 1"u8.ToArray();

await using NorthstarClient client = await NorthstarClient.ConnectFromEnvironmentAsync();
string claim = args is [string name, string text]
    ? $"{name} {text}"
    : $"{(await client.IdentAsync()).Name} {Convert.ToBase64String((await client.CreateTokenAsync(ContainerName.Parse("token-server"), shared)).Bytes)}";
if (args is ["print"])
{
    Output.WriteLine(claim);
    Thread.Sleep(Timeout.Infinite);
}

using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
await socket.ConnectAsync(new UnixDomainSocketEndPoint("/unix-sockets/token-server:0.0.1:tokens"));
await using var stream = new NetworkStream(socket);
using var reader = new StreamReader(stream);
await using var writer = new StreamWriter(stream) { AutoFlush = true };
await writer.WriteLineAsync(claim);
for (int i = 0; ; i++)
{
    await writer.WriteLineAsync($"line {i}");
    if (await reader.ReadLineAsync() is not { } echo)
    {
        Output.WriteLine("refused");
        return 1;
    }

    Output.WriteLine($"echo: {echo}");
    Thread.Sleep(1000);
}
