// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Northstar.Runtime.Console;

/// <summary>The server's end of TLS: certificates from PEM files, read again when a file changes, so that a renewed one needs no restart.</summary>
internal sealed class ConsoleTls
{
    private readonly ConsoleTlsOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private SslServerAuthenticationOptions _current;
    private DateTime _changed;

    private ConsoleTls(ConsoleTlsOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _changed = LastChange();
        _current = Load();
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="RuntimeException">A file is missing, or is not what it should be.</exception>
    internal static ConsoleTls Create(ConsoleTlsOptions options, ILogger logger)
    {
        try
        {
            return new ConsoleTls(options, logger);
        }
        catch (Exception e) when (IsFileProblem(e))
        {
            throw RuntimeException.Unexpected($"console.global.tls: {e.Message}", e);
        }
    }

    /// <summary>Does the handshake. The stream is the caller's, and owns <paramref name="inner"/> afterwards.</summary>
    /// <exception cref="AuthenticationException">The client speaks no TLS, or has no certificate that is good enough.</exception>
    internal async Task<SslStream> AuthenticateAsync(Stream inner, CancellationToken cancellationToken)
    {
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(Current(), cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private SslServerAuthenticationOptions Current()
    {
        lock (_lock)
        {
            DateTime change = LastChange();
            if (change != _changed)
            {
                _changed = change;
                try
                {
                    _current = Load();
                    Log.CertificateRead(_logger, _options.CertificateFile);
                }
                catch (Exception e) when (IsFileProblem(e))
                {
                    Log.CertificateUnreadable(_logger, _options.CertificateFile, e.Message);
                }
            }

            return _current;
        }
    }

    private DateTime LastChange() => new[] { _options.CertificateFile, _options.KeyFile, _options.ClientCaFile }
        .Max(static path => path is null ? default : File.GetLastWriteTimeUtc(path));

    private SslServerAuthenticationOptions Load()
    {
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_options.CertificateFile, _options.KeyFile);
        var between = new X509Certificate2Collection();
        between.ImportFromPemFile(_options.CertificateFile);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, between, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_options.ClientCaFile is { } file)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            if (authorities.Count == 0)
            {
                throw new CryptographicException($"{file} has no certificate");
            }

            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // id-kp-clientAuth, RFC 5280 4.2.1.12
        }

        return options;
    }

    private static bool IsFileProblem(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or AuthenticationException;
}
