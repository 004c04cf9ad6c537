// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Hosting;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;

// As in a program of somebody else: inside our own namespaces 'Host' would mean Northstar.Host.
namespace Snippets;

/// <summary>The C# snippets of the READMEs, each in a region of its own; <c>DocumentationTests</c> compares the text.</summary>
internal static class ReadmeSnippets
{
    internal static async Task EmbedInHostAsync()
    {
        #region host
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddNorthstar(options =>
        {
            options.RunDirectory = "/run/northstar";
            options.DataDirectory = "/var/lib/northstar/data";
            options.Cgroup = "northstar";
            options.Repositories["apps"] = new RepositoryOptions { KeyFile = "/etc/northstar/oem.pub" };
        });
        await builder.Build().RunAsync();
        #endregion
    }

    internal static async Task EmbedInTestAsync(string directory, string keyFile, string package)
    {
        #region test
        var options = new RuntimeOptions { RunDirectory = $"{directory}/run", DataDirectory = $"{directory}/data", Cgroup = "my-test" };
        options.Repositories["mem"] = new RepositoryOptions { KeyFile = keyFile };
        await using NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(options);
        await using NorthstarClient client = await runtime.ConnectAsync(
            Permissions.Full, new NorthstarClientOptions { SubscribeNotifications = true });

        ContainerId container = await client.InstallAsync(package, "mem");
        await client.StartAsync(container);
        await client.KillAsync(container, signal: 15);
        await foreach (Notification notification in client.ReadNotificationsAsync())
        {
            if (notification is Notification.Exit { Status: ExitStatus.Signalled { Signal: 15 } })
            {
                break;
            }
        }
        #endregion
    }

    internal static void Pack(string directory)
    {
        #region npk
        PublicKey publicKey = KeyFiles.Generate(directory, "my");
        using PrivateKey privateKey = KeyFiles.ReadPrivateKey($"{directory}/my.key");
        Manifest manifest = ManifestReader.Parse(File.ReadAllBytes($"{directory}/manifest.yaml"));
        var options = new NpkBuildOptions { Manifest = manifest, RootDirectory = $"{directory}/root", Key = privateKey };
        string path = NpkBuilder.Pack(options, directory);

        using NpkPackage package = NpkPackage.Open(path, new NpkReaderOptions { Keys = [publicKey] });
        package.Verify();
        Console.WriteLine($"{package.Manifest.Id}, {package.SquashfsLengthBytes} bytes at {package.Image.OffsetBytes}");
        #endregion
    }

    internal static async Task UseClientAsync()
    {
        #region api
        var options = new NorthstarClientOptions { SubscribeNotifications = true };
        await using NorthstarClient client = await NorthstarClient.ConnectAsync(ConsoleAddress.Parse("unix:///run/northstar/console"), options);

        ContainerId hello = await client.InstallAsync("hello-world.npk", "default");
        await client.StartAsync(hello);
        await foreach (Notification notification in client.ReadNotificationsAsync())
        {
            Console.WriteLine(notification);
        }
        #endregion
    }

    internal static async Task ReconnectAsync(ConsoleAddress address, CancellationToken cancellationToken)
    {
        #region reconnect
        var options = new NorthstarClientOptions { SubscribeNotifications = true, Reconnect = new ReconnectOptions { IncludeFirst = true } };
        await using NorthstarClient client = await NorthstarClient.ConnectAsync(address, options, cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            IReadOnlyList<ContainerId> installed = await client.ListAsync(cancellationToken);
            Console.WriteLine($"{installed.Count} containers are installed");
            await foreach (Notification notification in client.ReadNotificationsAsync(cancellationToken))
            {
                Console.WriteLine(notification);
            }
        }
        #endregion
    }

    internal static async Task UseTlsAsync()
    {
        #region tls
        var options = new NorthstarClientOptions { Tls = NorthstarTlsOptions.FromFiles("authority.pem", "client.pem", "client.key") };
        await using NorthstarClient client = await NorthstarClient.ConnectAsync(ConsoleAddress.Parse("tcp://device-7:4200"), options);
        #endregion
    }

    internal static async Task FollowOutputAsync()
    {
        #region output
        var options = new NorthstarClientOptions { Extensions = true };
        await using NorthstarClient client = await NorthstarClient.ConnectAsync(ConsoleAddress.Default, options);
        await using OutputSubscription output = await client.FollowOutputAsync(ContainerId.Parse("hello:1.0.0"));
        await foreach (Notification part in output)
        {
            if (part is Notification.Output { Data: var bytes })
            {
                Console.Write(Convert.ToHexString(bytes.Span));
            }
        }
        #endregion
    }
}
