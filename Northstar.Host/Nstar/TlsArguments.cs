// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Security.Cryptography;
using Northstar.Api;

namespace Northstar.Host.Nstar;

/// <summary>The options that encrypt a connection over TCP. Variables set their defaults.</summary>
internal sealed class TlsArguments
{
    private readonly Option<string?> _authority = File("--tls-ca", "NORTHSTAR_TLS_CA", "Encrypt, and trust a server whose certificate an authority in this PEM file signed");
    private readonly Option<string?> _certificate = File("--tls-cert", "NORTHSTAR_TLS_CERT", "Show the server this certificate, PEM");
    private readonly Option<string?> _key = File("--tls-key", "NORTHSTAR_TLS_KEY", "The private key of that certificate, PEM");

    internal void AddTo(Command command)
    {
        command.Options.Add(_authority);
        command.Options.Add(_certificate);
        command.Options.Add(_key);
    }

    /// <summary>Reads the files that are named. Null for a connection without TLS.</summary>
    /// <exception cref="ToolException">A file cannot be used, or the address is that of a Unix socket.</exception>
    internal NorthstarTlsOptions? Read(ParseResult parsed, ConsoleAddress address)
    {
        if (address is ConsoleAddress.Unix)
        {
            return IsGiven(parsed, _authority) || IsGiven(parsed, _certificate) || IsGiven(parsed, _key)
                ? throw new ToolException($"TLS is for consoles with tcp://, not {address}")
                : null;
        }

        (string? authority, string? certificate, string? key) = (parsed.GetValue(_authority), parsed.GetValue(_certificate), parsed.GetValue(_key));
        if (authority is null && certificate is null)
        {
            return key is null ? null : throw new ToolException("--tls-key needs --tls-cert");
        }

        try
        {
            return NorthstarTlsOptions.FromFiles(authority, certificate, key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ToolException($"read the certificates and the key for TLS: {e.Message}", e);
        }
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static Option<string?> File(string name, string variable, string description) => new(name)
    {
        Description = $"{description}; {variable} sets the default",
        HelpName = "FILE",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path : null,
    };
}
