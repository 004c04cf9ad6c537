// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A runtime with one repository in a directory, packages of one name in it, and keys made for the test.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal abstract class TrustFixture : RuntimeFixture
{
    protected static readonly ContainerId App = ContainerId.Parse("app:1.0.0");
    protected static readonly ContainerName Name = ContainerName.Parse("app");

    protected override bool StartsAtOnce => false;

    /// <summary>Gets or sets what clients may do.</summary>
    protected Permissions ConsolePermissions { get; set; } = Permissions.Full;

    /// <summary>Gets or sets what configures the repository, from the next start on.</summary>
    protected Action<RepositoryOptions> Change { get; set; } = static _ => { };

    protected string RevokedFile => NewPath("revoked");

    protected string State => Path.Combine(DataDirectory, ".northstar:floors");

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Console.Global!.Permissions = ConsolePermissions;
        options.Repositories.Clear();
        var repository = new RepositoryOptions { Kind = RepositoryKind.Directory, Directory = RepositoryDirectory };
        Change(repository);
        options.Repositories["fs"] = repository;
        return options;
    }

    protected static void Accept(RepositoryOptions options, params string[] keys) => Array.ForEach(keys, k => options.KeyFiles.Add(k + ".pub"));

    protected static string KeyId(string key) => KeyFiles.ReadPublicKey(key + ".pub").Id;

    protected static string SignedHash(string package, string key)
    {
        using NpkPackage open = NpkPackage.Open(package, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(key + ".pub")] });
        return open.SignedHash!;
    }

    protected static string Manifest(string version, string arguments = "[sleep]", string mounts = "{}") =>
        $"name: app\nversion: {version}\ninit: /test-container\nargs: {arguments}\nuid: 1000\ngid: 1000\nmounts: {mounts}\n";

    protected async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Makes a key pair and returns its path without the suffix.</summary>
    protected string Key(string name)
    {
        KeyFiles.Generate(Directory, name);
        return NewPath(name);
    }

    protected string Pack(string manifest, string key) => TestPackages.Pack(
        manifest, Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath($"{Guid.NewGuid():N}.npk"), key + ".key");

    protected Task<ContainerId> InstallAppAsync(string version, string key, string arguments = "[sleep]", string mounts = "{}") =>
        Client.InstallAsync(Pack(Manifest(version, arguments, mounts), key), "fs");

    protected async Task RevokeAsync(string kind, string key)
    {
        string package = Path.Combine(RepositoryDirectory, "app:1.0.0.npk");
        await ReplaceRevokedAsync($"{kind} {(kind == "key" ? KeyId(key) : SignedHash(package, key))}\n");
    }

    protected async Task ReplaceRevokedAsync(string text)
    {
        await File.WriteAllTextAsync(RevokedFile + ".new", text);
        File.Move(RevokedFile + ".new", RevokedFile, overwrite: true);
    }

    protected async Task<string[]> ListAsync() => [.. (await Client.ListAsync()).Select(static c => c.ToString())];

    protected async Task RunAsync(string version, ExitStatus status)
    {
        var id = ContainerId.Parse($"app:{version}");
        await Client.StartAsync(id);
        await ExitAsync(id, status);
    }

    protected async Task<bool> TryStartAsync()
    {
        try
        {
            await Client.StartAsync(App);
            return true;
        }
        catch (ApiException)
        {
            return false;
        }
    }
}
