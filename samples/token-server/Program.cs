// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Samples;

// Both programs know these bytes; they tie a token to this use.
byte[] shared = "token-server, 1"u8.ToArray();

await using NorthstarClient client = await NorthstarClient.ConnectFromEnvironmentAsync(new NorthstarClientOptions { Extensions = true });

// The runtime has bound the socket and listens.
int number = int.Parse(Environment.GetEnvironmentVariable("NORTHSTAR_SOCKET_tokens")!, CultureInfo.InvariantCulture);
using var listener = new Socket(new SafeSocketHandle(number, ownsHandle: true));
Output.WriteLine("listening on the socket tokens");
while (true)
{
    using Socket connection = await listener.AcceptAsync();
    await using var stream = new NetworkStream(connection);
    using var reader = new StreamReader(stream);
    string[] words = (await reader.ReadLineAsync())?.Split(' ') ?? [];
    if (words is not [string name, string text] || !ContainerName.TryParse(name, out ContainerName user) || !TryDecode(text, out Token? token))
    {
        Output.WriteLine("refused: a line 'NAME TOKEN' is needed");
        continue;
    }

    // Whoever got hold of another container's token cannot use it: the process at the other end has to be one of that container.
    TokenVerification verification = await client.VerifyTokenAsync(
        token!, user, shared, validity: TimeSpan.FromSeconds(10), presenter: PeerIdentity.Of(connection));
    Output.WriteLine($"{user}: {verification}");
    int lines = 0;
    while (verification == TokenVerification.Ok && await reader.ReadLineAsync() is { } line)
    {
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        lines++;
    }

    Output.WriteLine($"{user}: {lines} lines");
}

static bool TryDecode(string text, out Token? token)
{
    byte[] bytes = new byte[Token.LengthBytes];
    bool isToken = Convert.TryFromBase64String(text, bytes, out int length) && length == bytes.Length;
    token = isToken ? new Token(bytes) : null;
    return isToken;
}
