// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Kernel;

/// <summary>What clients learn when the real engine fails: nothing of where the runtime keeps its things, and no trace of its code.</summary>
internal sealed class ErrorDetailTests : TrustFixture
{
    private readonly List<string> _replies = [];
    private NorthstarClient _client = null!;
    private string _key = "";

    [SetUp]
    public async Task StartWatched()
    {
        _key = Key("a");
        Change = repository => Accept(repository, _key);
        await StartAsync();
        _client = await NorthstarClient.ConnectAsync(Address, new NorthstarClientOptions { Extensions = true, TraceReceived = Keep });
    }

    [TearDown]
    public async Task CloseWatched() => await _client.DisposeAsync();

    [Test]
    public async Task H80_Install_Failures_NameNoDirectoryOfTheRuntime()
    {
        string good = Pack(Manifest("1.0.0"), _key);
        string package = NewPath("other.npk");
        byte[] bytes = await File.ReadAllBytesAsync(good);
        await FailsAsync(() => InstallAsync(package, "no package"u8.ToArray()));
        await FailsAsync(() => InstallAsync(package, []));
        await FailsAsync(() => InstallAsync(package, bytes[..^1000]));
        await FailsAsync(() => InstallAsync(package, [.. bytes[..5000], .. bytes[5000..].Select(static b => unchecked((byte)~b))]));
        await FailsAsync(() => _client.InstallAsync(Pack(Manifest("1.0.0"), Key("b")), "fs"));
        await FailsAsync(() => _client.InstallAsync(good, "nowhere"));
        await _client.InstallAsync(good, "fs");
        await FailsAsync(() => _client.InstallAsync(good, "fs"));
        System.IO.Directory.CreateDirectory(Path.Combine(RepositoryDirectory, "app:3.0.0.npk"));
        await FailsAsync(() => _client.InstallAsync(Pack(Manifest("3.0.0"), _key), "fs"));
        System.IO.Directory.Delete(RepositoryDirectory, recursive: true);
        await FailsAsync(() => _client.InstallAsync(Pack(Manifest("2.0.0"), _key), "fs"));
        Assert.That((await EventAsync("StorageFailed")).Message, Does.Contain(RepositoryDirectory + "/app:3.0.0.npk"), "the log has it");
        NamesNothing(expected: 9);
    }

    [Test]
    public async Task H80_StartAndMount_Failures_NameNoDirectoryOfTheRuntime()
    {
        await _client.InstallAsync(Pack(Manifest("1.0.0", mounts: "{/data: {type: persist}}"), _key), "fs");
        await FailsAsync(() => _client.StartAsync(App, "/nope", [], new Dictionary<string, string>()));
        System.IO.Directory.Delete(Path.Combine(DataDirectory, "app"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(DataDirectory, "app"), "no directory");
        await FailsAsync(() => _client.StartAsync(App));
        File.Delete(Path.Combine(DataDirectory, "app"));
        File.CreateSymbolicLink(Path.Combine(DataDirectory, "app"), "/");
        await FailsAsync(() => _client.StartAsync(App));
        File.Delete(Path.Combine(DataDirectory, "app"));
        await FailsAsync(() => _client.KillAsync(App, 9));
        await FailsAsync(() => _client.StartAsync(ContainerId.Parse("none:1.0.0")));
        await _client.InstallAsync(Pack(Manifest("2.0.0", mounts: "{/r: {type: resource, name: none, version: '*', dir: /}}"), _key), "fs");
        await FailsAsync(() => _client.StartAsync(ContainerId.Parse("app:2.0.0")));
        NamesNothing(expected: 6);
    }

    [Test]
    public async Task H80_Damage_NamesNoDirectoryOfTheRuntime()
    {
        await _client.InstallAsync(Pack(Manifest("1.0.0"), _key), "fs");
        string stored = Path.Combine(RepositoryDirectory, "app:1.0.0.npk");
        await using (FileStream file = File.OpenWrite(stored))
        {
            file.Position = 4096 + (100 * 4096) + 7;
            file.WriteByte(0xEE);
            file.WriteByte(0x11);
        }

        await FailsAsync(() => _client.VerifyAsync(App));
        await FailsAsync(() => _client.StartAsync(App));
        NamesNothing(expected: 2);
    }

    private static async Task FailsAsync(Func<Task> operation)
    {
        try
        {
            await operation();
        }
        catch (ApiException e) when (e.Error is not null)
        {
            return;
        }

        Assert.Fail("it did not fail");
    }

    private async Task InstallAsync(string path, byte[] bytes)
    {
        await File.WriteAllBytesAsync(path, bytes);
        await _client.InstallAsync(path, "fs");
    }

    private void NamesNothing(int expected)
    {
        string[] replies;
        lock (_replies)
        {
            replies = [.. _replies.Where(static r => r.Contains("\"error\"", StringComparison.Ordinal))];
        }

        TestContext.Out.WriteLine(string.Join("\n", replies));
        Assert.That(replies, Has.Length.GreaterThanOrEqualTo(expected));
        string[] secrets = [Directory, Path.GetFileName(Directory), ".northstar-install-", "   at ", "Exception", "/proc/self/fd"];
        Assert.That(replies.SelectMany(r => secrets.Where(s => r.Contains(s, StringComparison.Ordinal)).Select(s => $"{s} in {r}")), Is.Empty);
    }

    private void Keep(ReadOnlyMemory<byte> line)
    {
        lock (_replies)
        {
            _replies.Add(Encoding.UTF8.GetString(line.Span));
        }
    }
}
