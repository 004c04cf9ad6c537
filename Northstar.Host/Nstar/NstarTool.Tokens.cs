// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <content>Verbs for tokens.</content>
internal sealed partial class NstarTool
{
    private void AddTokens(Command parent)
    {
        AddToken(parent);
        AddVerifyToken(parent);
    }

    private void AddToken(Command parent)
    {
        var target = new Argument<string>("TARGET") { Description = "The name of the container that will verify it" };
        Argument<string> shared = Shared();
        Command verb = LocalVerb(parent, "token", "Create a token", (parsed, cancellationToken) =>
        {
            ContainerName name = NameOf(parsed.GetRequiredValue(target));
            byte[] bytes = Encoding.UTF8.GetBytes(parsed.GetRequiredValue(shared));
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                Token token = await session.Client.CreateTokenAsync(name, bytes, cancellationToken).ConfigureAwait(false);
                session.Write($"token: {token.ToBase64()}");
                return ExitCode.Success;
            }, cancellationToken);
        });
        verb.Arguments.Add(target);
        verb.Arguments.Add(shared);
    }

    private void AddVerifyToken(Command parent)
    {
        var token = new Argument<string>("TOKEN") { Description = "The token, in base64" };
        var user = new Argument<string>("USER") { Description = "The name of the container that claims to have created it" };
        Argument<string> shared = Shared();
        Command verb = LocalVerb(parent, "verify-token", "Verify a token: Ok, Invalid, Expired or Future", (parsed, cancellationToken) =>
        {
            if (!Token.TryParse(parsed.GetRequiredValue(token), out Token? value))
            {
                throw new ToolException($"the token is malformed: base64 of {Token.LengthBytes} bytes is needed");
            }

            ContainerName name = NameOf(parsed.GetRequiredValue(user));
            byte[] bytes = Encoding.UTF8.GetBytes(parsed.GetRequiredValue(shared));
            return ConnectAsync(parsed, subscribe: false, async session =>
            {
                TokenVerification outcome = await session.Client.VerifyTokenAsync(value, name, bytes, cancellationToken).ConfigureAwait(false);
                session.Write(outcome.ToString());
                return ExitCode.Success;
            }, cancellationToken);
        });
        verb.Arguments.Add(token);
        verb.Arguments.Add(user);
        verb.Arguments.Add(shared);
    }

    private static Argument<string> Shared() => new("SHARED") { Description = "Text that both sides know" };

    private static ContainerName NameOf(string text)
    {
        try
        {
            return ContainerName.Parse(text);
        }
        catch (FormatException e)
        {
            throw new ToolException(e.Message, e);
        }
    }
}
