// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Northstar.Api;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Api;

/// <summary>Connections over TCP with TLS.</summary>
public sealed class TlsTests
{
    private static readonly TimeSpan s_limit = ScriptedRuntime.Deadline;
    private readonly TestFolder _folder = new();
    private TestAuthority _authority = null!;
    private TestAuthority _other = null!;

    [OneTimeSetUp]
    public void MakeCertificates()
    {
        _authority = new TestAuthority("authority");
        _other = new TestAuthority("other");
        _folder.Write("ca.pem", _authority.Pem);
        _folder.Write("other.pem", _other.Pem);
        (byte[] certificate, byte[] key) = _authority.Issue("client");
        _folder.Write("client.pem", certificate);
        _folder.Write("client.key", key);
        _folder.Write("both.pem", [.. certificate, .. key]);
        _folder.Write("empty.pem", "nothing\n"u8.ToArray());
    }

    [OneTimeTearDown]
    public void Clean()
    {
        _authority.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [TestCase(false, null)]
    [TestCase(true, "client.key")]
    [TestCase(true, null)]
    public async Task Tls_TrustedServer_ConnectsAndShowsItsCertificate(bool withCertificate, string? key)
    {
        await using var server = new Server(_authority.IssueCertificate("127.0.0.1"));
        string? certificate = withCertificate ? _folder[key is null ? "both.pem" : "client.pem"] : null;
        var options = new NorthstarClientOptions { Tls = NorthstarTlsOptions.FromFiles(_folder["ca.pem"], certificate, key is null ? null : _folder[key]) };
        await using (NorthstarClient client = await NorthstarClient.ConnectAsync(server.Address, options).WaitAsync(s_limit))
        {
            Assert.That((await client.IdentAsync().WaitAsync(s_limit)).ToString(), Is.EqualTo("extern:0.0.0"));
        }

        Assert.That(await server.Peer.WaitAsync(s_limit), Is.EqualTo(withCertificate ? "CN=client" : null));
    }

    [TestCase("other.pem", null)]
    [TestCase(null, null)]
    [TestCase("ca.pem", "elsewhere")]
    public async Task Tls_ServerThatIsNotTrusted_IsRefused(string? authorities, string? serverName)
    {
        await using var server = new Server(_authority.IssueCertificate("127.0.0.1"));
        NorthstarTlsOptions tls = NorthstarTlsOptions.FromFiles(authorities is null ? null : _folder[authorities]);
        tls.ServerName = serverName;
        ApiException e = Assert.ThrowsAsync<ApiException>(
            () => NorthstarClient.ConnectAsync(server.Address, new NorthstarClientOptions { Tls = tls }).WaitAsync(s_limit))!;
        Assert.That(e.Failure, Is.EqualTo(ApiFailure.Connect));
        Assert.That(e.Message, Does.StartWith($"connect {server.Address}: TLS failed: "));
    }

    [Test]
    public async Task Tls_ServerName_IsThatOfTheCertificate()
    {
        await using var server = new Server(_authority.IssueCertificate("device-7"));
        NorthstarTlsOptions tls = NorthstarTlsOptions.FromFiles(_folder["ca.pem"]);
        tls.ServerName = "device-7";
        await using NorthstarClient client = await NorthstarClient.ConnectAsync(server.Address, new NorthstarClientOptions { Tls = tls }).WaitAsync(s_limit);
        await client.IdentAsync().WaitAsync(s_limit);
    }

    [Test]
    public async Task Tls_ServerWithoutIt_IsRefused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(
            new ConsoleAddress.Tcp("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), new NorthstarClientOptions { Tls = new NorthstarTlsOptions() });
        using Socket accepted = await listener.AcceptSocketAsync().WaitAsync(s_limit);
        await accepted.SendAsync("{\"connect_nack\":\"permission_denied\"}\n"u8.ToArray());
        accepted.Close();
        Assert.That(Assert.ThrowsAsync<ApiException>(() => connecting.WaitAsync(s_limit))!.Failure, Is.EqualTo(ApiFailure.Connect));
    }

    [Test]
    public void Tls_OverAUnixSocket_IsAnArgumentError() => Assert.That(
        () => NorthstarClient.ConnectAsync(new ConsoleAddress.Unix("/x"), new NorthstarClientOptions { Tls = new NorthstarTlsOptions() }), Throws.ArgumentException);

    [TestCase("empty.pem", null, null)]
    [TestCase("ca.pem", "client.pem", null)]
    [TestCase("ca.pem", "client.pem", "ca.pem")]
    public void FromFiles_WithoutWhatIsNeeded_Throws(string authorities, string? certificate, string? key) => Assert.That(
        () => NorthstarTlsOptions.FromFiles(_folder[authorities], certificate is null ? null : _folder[certificate], key is null ? null : _folder[key]),
        Throws.InstanceOf<CryptographicException>());

    [Test]
    public void FromFiles_MissingFile_Throws() =>
        Assert.That(() => NorthstarTlsOptions.FromFiles(_folder["none.pem"]), Throws.InstanceOf<IOException>());

    /// <summary>A console with TLS that answers <c>ident</c>.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate;

        internal Server(X509Certificate2 certificate)
        {
            _certificate = certificate;
            _listener.Start();
            Peer = ServeAsync();
        }

        internal ConsoleAddress Address => new ConsoleAddress.Tcp("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

        /// <summary>Gets who the client said to be.</summary>
        internal Task<string?> Peer { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            try
            {
                await Peer.WaitAsync(s_limit);
            }
            catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // The client refused.
            }

            _certificate.Dispose();
        }

        private async Task<string?> ServeAsync()
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync();
            await using var stream = new SslStream(client.GetStream());
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Issuer is null or "CN=authority",
            });
            using var reader = new StreamReader(stream);
            await reader.ReadLineAsync();
            await stream.WriteAsync("{\"connect_ack\":null}\n"u8.ToArray());
            string request = await reader.ReadLineAsync() ?? throw new IOException("the client refused");
            Assert.That(request, Is.EqualTo("""{"request":"ident"}"""));
            await stream.WriteAsync("{\"response\":{\"ident\":\"extern:0.0.0\"}}\n"u8.ToArray());
            return stream.RemoteCertificate?.Subject;
        }
    }
}

/// <summary>Signs certificates.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    internal TestAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
    }

    internal byte[] Pem => Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem() + "\n");

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>Makes a certificate and its key, both as PEM.</summary>
    internal (byte[] Certificate, byte[] Key) Issue(string name)
    {
        using X509Certificate2 certificate = IssueCertificate(name);
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return (Encoding.UTF8.GetBytes(certificate.ExportCertificatePem() + "\n"), Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
    }

    /// <summary>Makes a certificate for a name or an address.</summary>
    internal X509Certificate2 IssueCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(_certificate, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(5), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
