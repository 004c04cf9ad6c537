// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>Encrypts a <c>tcp</c> console (TLS 1.2 and 1.3). The files are PEM; when they change, connections that come afterwards get the new ones.</summary>
public sealed class ConsoleTlsOptions
{
    /// <summary>Gets or sets the path of the server's certificate, followed by those between it and the clients' trust anchor.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>Gets or sets the path of its private key, without a password.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>Gets or sets the path of the certificates that client certificates are signed by. Null: clients need none.</summary>
    public string? ClientCaFile { get; set; }
}
