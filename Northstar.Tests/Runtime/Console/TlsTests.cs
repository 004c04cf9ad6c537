// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>TLS on the listener: what a client shows decides what it may do.</summary>
public sealed class TlsTests
{
    private TestFolder _folder = null!;
    private FakeRuntime _runtime = null!;
    private LogCapture _logs = null!;
    private X509Certificate2 _authority = null!;

    [SetUp]
    public void SetUp()
    {
        (_folder, _runtime, _logs) = (new TestFolder(), new FakeRuntime(), new LogCapture());
        _authority = MakeAuthority("test authority");
        File.WriteAllText(_folder["ca.pem"], _authority.ExportCertificatePem());
        WriteServer("first server");
    }

    [TearDown]
    public void TearDown()
    {
        _authority.Dispose();
        _folder.Dispose();
        _logs.Dispose();
    }

    [Test]
    public async Task C08_CertificateForList_CallingInstall_IsDeniedAndAudited()
    {
        await using ConsoleServer server = await StartAsync(static o => o.Policy.Add(new ConsolePolicyRule { Certificate = "reader-*", Permissions = Permissions.List }));
        using X509Certificate2 certificate = MakeClient("reader-7", _authority);
        using StreamReader reader = await ConnectAsync(server, certificate);
        Assert.That(await AskAsync(reader, ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await AskAsync(reader, """{"request":"list"}"""), Is.EqualTo("""{"response":{"list":["hello:0.0.1"]}}"""));
        Assert.That(
            await AskAsync(reader, """{"request":{"install":{"repository":"mem","size":5}}}"""),
            Is.EqualTo("""{"response":{"permission_denied":{"install":{"repository":"mem","size":5}}}}"""));
        LogCapture.Record record = await _logs.TakeAsync(static r => r.Event == "PermissionDenied", ConsolePeerSocket.Deadline);
        Assert.That(record.Category, Is.EqualTo(ConsoleAudit.LogCategory));
        Assert.That(record.Message, Does.Contain("reader-7").And.Contain("install").And.Contain("repository mem"));
    }

    [Test]
    public async Task C08_Fingerprint_MeansOneCertificate()
    {
        using X509Certificate2 one = MakeClient("same name", _authority);
        using X509Certificate2 another = MakeClient("same name", _authority);
        await using ConsoleServer server = await StartAsync(o => o.Policy.Add(new ConsolePolicyRule
        {
            Certificate = "sha256:" + one.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), Permissions = Permissions.Full,
        }));
        using (StreamReader reader = await ConnectAsync(server, one))
        {
            Assert.That(await AskAsync(reader, ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        }

        Assert.That(await IsServedAsync(server, another), Is.False);
    }

    [Test]
    public async Task C08_CertificateOfAnotherAuthorityOrNone_IsRefusedAndAudited([Values] bool hasOne)
    {
        using X509Certificate2 stranger = MakeAuthority("another authority");
        using X509Certificate2 certificate = MakeClient("reader-7", stranger);
        await using ConsoleServer server = await StartAsync(static o => o.Policy.Add(new ConsolePolicyRule { Certificate = "*", Permissions = Permissions.Full }));
        Assert.That(await IsServedAsync(server, hasOne ? certificate : null), Is.False);
        await _logs.TakeAsync(static r => r.Event == "AuthenticationFailed", ConsolePeerSocket.Deadline);
        using X509Certificate2 good = MakeClient("reader-7", _authority);
        Assert.That(await IsServedAsync(server, good), Is.True);
    }

    [Test]
    public async Task C08_CertificateOfAServer_IsNoClients()
    {
        await using ConsoleServer server = await StartAsync(static o => o.Policy.Add(new ConsolePolicyRule { Certificate = "*", Permissions = Permissions.Full }));
        using X509Certificate2 wrong = Make("reader-7", _authority, "1.3.6.1.5.5.7.3.1");
        Assert.That(await IsServedAsync(server, wrong), Is.False);
    }

    [Test]
    public async Task C08_NoTls_IsNotAnswered()
    {
        await using ConsoleServer server = await StartAsync();
        using var plain = new ConsolePeerSocket(await OpenAsync(server));
        await plain.SendLineAsync(ConsoleFixture.Connect);
        Assert.That(await plain.ReadLineAsync() ?? "", Does.Not.Contain("connect_ack"));
        await _logs.TakeAsync(static r => r.Event == "AuthenticationFailed", ConsolePeerSocket.Deadline);
    }

    [Test]
    public async Task Tls_WithoutClientCa_NeedsNoCertificateAndHasThePermissionsOfTheListener()
    {
        await using ConsoleServer server = await StartAsync(static o => o.Tls!.ClientCaFile = null);
        using StreamReader reader = await ConnectAsync(server, null);
        Assert.That(await AskAsync(reader, ConsoleFixture.Connect), Is.EqualTo(ConsoleFixture.Ack));
        Assert.That(await AskAsync(reader, ConsoleFixture.Ident), Is.EqualTo(ConsoleFixture.IdentAnswer));
    }

    [Test]
    public async Task Tls_RenewedCertificate_IsUsedWithoutARestartAndABadOneIsNot()
    {
        await using ConsoleServer server = await StartAsync(static o => o.Tls!.ClientCaFile = null);
        Assert.That(await ServerNameAsync(server), Is.EqualTo("CN=first server"));
        WriteServer("second server");
        File.SetLastWriteTimeUtc(_folder["server.pem"], DateTime.UtcNow.AddHours(1));
        Assert.That(await ServerNameAsync(server), Is.EqualTo("CN=second server"));
        File.WriteAllText(_folder["server.pem"], "no certificate");
        File.SetLastWriteTimeUtc(_folder["server.pem"], DateTime.UtcNow.AddHours(2));
        Assert.That(await ServerNameAsync(server), Is.EqualTo("CN=second server"));
        await _logs.TakeAsync(static r => r.Event == "CertificateUnreadable", ConsolePeerSocket.Deadline);
    }

    [Test]
    public void Tls_FileMissing_IsAnErrorThatNamesIt()
    {
        File.Delete(_folder["server.key"]);
        Assert.That(
            async () => await StartAsync(),
            Throws.TypeOf<RuntimeException>().With.Message.Contains("console.global.tls").And.Message.Contains("server.key"));
    }

    [Test]
    public async Task H71_TlsHandshakeThatStalls_IsClosedInTime()
    {
        var time = new ManualTimeProvider();
        await using ConsoleServer server = await StartAsync(static o => o.HandshakeTimeout = TimeSpan.FromSeconds(7), time);
        using var silent = new ConsolePeerSocket(await OpenAsync(server));
        await time.TimerAsync(TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.That(await silent.ReadLineAsync(), Is.Null);
        Assert.That((await _logs.TakeAsync(static r => r.Event == "AuthenticationFailed", ConsolePeerSocket.Deadline)).Message, Does.Contain("too long"));
    }

    private async Task<ConsoleServer> StartAsync(Action<GlobalConsoleOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new ConsoleOptions
        {
            Global = new GlobalConsoleOptions
            {
                Bind = "tcp://127.0.0.1:0", Permissions = Permissions.Full,
                Tls = new ConsoleTlsOptions { CertificateFile = _folder["server.pem"], KeyFile = _folder["server.key"], ClientCaFile = _folder["ca.pem"] },
            },
        };
        configure?.Invoke(options.Global);
        var server = new ConsoleServer(_runtime, options, _logs, time);
        await server.StartListeningAsync();
        return server;
    }

    private static async Task<bool> IsServedAsync(ConsoleServer server, X509Certificate2? certificate)
    {
        try
        {
            using StreamReader reader = await ConnectAsync(server, certificate);
            return await AskAsync(reader, ConsoleFixture.Connect) == ConsoleFixture.Ack;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<string> ServerNameAsync(ConsoleServer server)
    {
        using StreamReader reader = await ConnectAsync(server, null);
        return ((SslStream)reader.BaseStream).RemoteCertificate!.Subject;
    }

    private static async Task<StreamReader> ConnectAsync(ConsoleServer server, X509Certificate2? certificate)
    {
        var stream = new SslStream(new NetworkStream(await OpenAsync(server), ownsSocket: true), leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null, // the tests look at the server's end
            ClientCertificates = certificate is null ? null : [certificate],
        };
        using var limit = new CancellationTokenSource(ConsolePeerSocket.Deadline);
        await stream.AuthenticateAsClientAsync(options, limit.Token);
        return new StreamReader(stream, Encoding.UTF8);
    }

    private static async Task<Socket> OpenAsync(ConsoleServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, ((ConsoleAddress.Tcp)ConsoleAddress.Parse(server.Address!)).Port);
        return socket;
    }

    private static async Task<string?> AskAsync(StreamReader reader, string line)
    {
        await reader.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).AsTask().WaitAsync(ConsolePeerSocket.Deadline);
        return await reader.ReadLineAsync().WaitAsync(ConsolePeerSocket.Deadline);
    }

    private void WriteServer(string name)
    {
        using X509Certificate2 server = Make(name, _authority, "1.3.6.1.5.5.7.3.1");
        File.WriteAllText(_folder["server.pem"], server.ExportCertificatePem());
        File.WriteAllText(_folder["server.key"], server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 MakeClient(string name, X509Certificate2 authority) => Make(name, authority, "1.3.6.1.5.5.7.3.2");

    private static X509Certificate2 Make(string name, X509Certificate2 authority, string usage)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        using X509Certificate2 signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(20), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
