// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Northstar.Api;

/// <summary>Encrypts a connection over TCP with TLS. The server's certificate is always checked.</summary>
/// <remarks>Revocation lists are not fetched, since a device may have no way to them. TLS 1.2 or newer is used, as the system's OpenSSL is configured.</remarks>
public sealed class NorthstarTlsOptions
{
    /// <summary>
    /// Gets or sets the certificates of the authorities one of which signed the server's certificate, or that certificate itself. Null for the
    /// authorities that the system trusts.
    /// </summary>
    public X509Certificate2Collection? Authorities { get; set; }

    /// <summary>Gets or sets the certificate that proves who the client is, with its private key; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>Gets or sets the certificates between <see cref="ClientCertificate"/> and its authority, which the server may lack; null for none.</summary>
    public X509Certificate2Collection? ClientCertificateChain { get; set; }

    /// <summary>Gets or sets the name or address that the server's certificate must be for; null for the host of the address.</summary>
    public string? ServerName { get; set; }

    /// <summary>Reads certificates and keys from PEM files.</summary>
    /// <param name="authorities">The file with one certificate or more of authorities; null for those that the system trusts.</param>
    /// <param name="certificate">The file with the client's certificate, followed by those between it and its authority if any; null for none.</param>
    /// <param name="key">The file with the private key of <paramref name="certificate"/>; null when that file has the key too.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="CryptographicException">A file is no PEM file with what is needed, or the key is not that of the certificate.</exception>
    public static NorthstarTlsOptions FromFiles(string? authorities, string? certificate = null, string? key = null)
    {
        var options = new NorthstarTlsOptions();
        if (authorities is not null)
        {
            options.Authorities = [];
            options.Authorities.ImportFromPemFile(authorities);
            if (options.Authorities.Count == 0)
            {
                throw new CryptographicException($"{authorities}: no certificate is in this file; PEM is needed");
            }
        }

        if (certificate is not null)
        {
            options.ClientCertificate = X509Certificate2.CreateFromPemFile(certificate, key);
            options.ClientCertificateChain = [];
            options.ClientCertificateChain.ImportFromPemFile(certificate);
            options.ClientCertificateChain.RemoveAt(0);
        }

        return options;
    }

    /// <summary>Returns what SslStream needs.</summary>
    internal SslClientAuthenticationOptions ForHost(string host)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = Authorities is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        if (Authorities is not null)
        {
            policy.CustomTrustStore.AddRange(Authorities);
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = ServerName ?? host,
            CertificateChainPolicy = policy,
            ClientCertificateContext = ClientCertificate is null ? null : SslStreamCertificateContext.Create(ClientCertificate, ClientCertificateChain, offline: true),
        };
    }
}
