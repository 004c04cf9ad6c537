// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Tests.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable at both ends of the console.</summary>
internal sealed class NstarExecutableTests : ExecutableFixture
{
    [Test]
    public async Task Tls_BetweenRuntimeAndNstar_LetsInWhoIsTrustedOnBothSides()
    {
        using var authority = new TestAuthority("authority");
        using var other = new TestAuthority("other");
        Write("ca.pem", authority.Pem);
        Write("other.pem", other.Pem);
        WriteBoth("server", authority.Issue("127.0.0.1"));
        WriteBoth("client", authority.Issue("operator"));
        WriteBoth("stranger", other.Issue("operator"));
        string url = $"tcp://127.0.0.1:{FreePort()}";
        string configuration = await File.ReadAllTextAsync(Configuration);
        await File.WriteAllTextAsync(Configuration, configuration.Replace(Address, url, StringComparison.Ordinal) + $"""

            [console.global.tls]
            certificate = "{TestDirectory}/server.pem"
            key = "{TestDirectory}/server.key"
            client_ca = "{TestDirectory}/ca.pem"
            """);
        Process runtime = Start();
        string[] trusted = ["-u", url, "--tls-ca", InTest("ca.pem"), "--tls-cert", InTest("client.pem"), "--tls-key", InTest("client.key")];
        Assert.That(() => Nstar([.. trusted, "ident"]) == (0, "extern:0.0.0\n", ""), Is.True.After(10_000, 100));

        (string, string)[] variables = [("NORTHSTAR_URL", url), ("NORTHSTAR_TLS_CA", InTest("ca.pem")), ("NORTHSTAR_TLS_CERT", InTest("client.pem")), ("NORTHSTAR_TLS_KEY", InTest("client.key"))];
        Assert.That(Nstar(["repositories"], variables).Code, Is.Zero);

        AssertRefused(["-u", url, "ident"], "connection: closed");
        AssertRefused(["-u", url, "--tls-ca", InTest("other.pem"), "--tls-cert", InTest("client.pem"), "--tls-key", InTest("client.key"), "ident"], "TLS failed");
        AssertRefused(["-u", url, "--tls-ca", InTest("ca.pem"), "--tls-cert", InTest("stranger.pem"), "--tls-key", InTest("stranger.key"), "ident"], "connect");
        AssertRefused(["-u", url, "--tls-ca", InTest("ca.pem"), "ident"], "connect");
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    [Test]
    public async Task Reader_ThatHasEnough_EndsNstar()
    {
        Process runtime = Start();
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.InstallAsync(TestPackages.Sample("hello-world"), "mem");
            await client.StartAsync("hello-world:0.0.1");
        }

        // Without an end of its own; the pipe is what ends it, at the next line.
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"\"$0\" nstar -u {Address} logs -f hello-world | head -n 1", HostProbe.Executable])
        {
            RedirectStandardOutput = true,
        })!;
        string output = await shell.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        await shell.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(output, Does.Match("^hello-world:0.0.1: [0-9]+\n$"));
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static (int Code, string Output, string Error) Nstar(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(HostProbe.Executable, ["nstar", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static void AssertRefused(string[] arguments, string cause)
    {
        (int code, string output, string error) = Nstar(arguments);
        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(error, Does.StartWith("Error: ").And.Contain(cause));
    }

    private string InTest(string name) => Path.Combine(TestDirectory, name);

    private void Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(InTest(name), bytes);
        File.SetUnixFileMode(InTest(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private void WriteBoth(string name, (byte[] Certificate, byte[] Key) pair)
    {
        Write($"{name}.pem", pair.Certificate);
        Write($"{name}.key", pair.Key);
    }
}
