// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;

namespace Northstar.Tests.Kernel;

/// <summary>The audit file of a runtime, over a scenario with every kind of decision.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AuditKernelTests : TrustFixture
{
    private const string Canary = "canary-51d0";

    private string AuditFile => NewPath("audit.json");

    [Test]
    public async Task H79_Scenario_GivesTheGoldenSequenceInTheFile()
    {
        string key = Key("good");
        string foreign = Key("foreign");
        Change = r => Accept(r, key);
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        Assert.That(() => InstallAppAsync("2.0.0", foreign), Throws.TypeOf<ApiException>());
        Assert.That(() => InstallAppAsync("3.0.0", key, mounts: "{ /lib: { type: bind, host: /lib } }"), Throws.TypeOf<ApiException>());
        await Client.StartAsync(App, null, ["sleep"], new Dictionary<string, string> { ["SECRET"] = Canary });
        Token token = await Client.CreateTokenAsync(ContainerName.Parse("extern"), Encoding.UTF8.GetBytes(Canary));
        await Client.VerifyTokenAsync(token, ContainerName.Parse("extern"), Encoding.UTF8.GetBytes(Canary));
        await StopAsync(App);
        await Client.UninstallAsync(App);
        string[] texts = [Canary, Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary)), Convert.ToBase64String(token.Bytes)[11..], await File.ReadAllTextAsync(key + ".key")];
        await StopAsync();

        string[] lines = await File.ReadAllLinesAsync(AuditFile);
        JsonElement[] records = [.. lines.Select(static l => JsonDocument.Parse(l).RootElement)];
        string id = KeyId(key);
        Assert.That(records.Where(static r => Text(r, "request") != "kill").Select(Shape), Is.EqualTo(new[]
        {
            $"KeyAccepted fs app:1.0.0 {id}", "PolicyGranted fs app:1.0.0 on install", "RequestDone install",
            "KeyRefused fs a package", "RequestDone install",
            $"KeyAccepted fs app:3.0.0 {id}", "PolicyRefused fs app:3.0.0 on install", "RequestDone install",
            "PolicyGranted fs app:1.0.0 on start", "AuditStarted app:1.0.0", "RequestDone start_command",
            "RequestDone token_create", "RequestDone token_verify", "AuditExited app:1.0.0", "RequestDone uninstall",
        }));
        Assert.That(records.Where(static r => Text(r, "request") == "kill"), Has.Exactly(1).Items);
        Assert.That(Text(records[3], "cause"), Does.Contain("signed with another key"));
        Assert.That(Text(records[6], "cause"), Does.Contain("no bind of /lib"));
        foreach (string text in texts)
        {
            Assert.That(lines.Concat(Logs.Records.Select(static r => r.Message)), Has.None.Contains(text));
        }
    }

    [Test]
    public async Task H79_PackagesFromBefore_AreDecidedOnAtTheStart()
    {
        string key = Key("good");
        string foreign = Key("foreign");
        Change = r => Accept(r, key);
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        await StopAsync();
        File.Delete(AuditFile);
        File.Move(Pack(Manifest("2.0.0"), foreign), Path.Combine(RepositoryDirectory, "foreign.npk"));

        await StartAsync();
        await StopAsync();

        Assert.That(
            (await File.ReadAllLinesAsync(AuditFile)).Select(static l => Shape(JsonDocument.Parse(l).RootElement)).Order(),
            Is.EqualTo(new[] { $"KeyAccepted fs app:1.0.0 {KeyId(key)}", "KeyRefused fs foreign.npk" }));
    }

    [Test]
    public void H79_FileThatCannotBeOpened_EndsTheStartWithTheReason()
    {
        File.CreateSymbolicLink(AuditFile, "/dev/null");

        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);

        Assert.That(failure!.Message, Does.StartWith($"audit_file: open {AuditFile}: ").And.Contains("ELOOP"));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.AuditFile = AuditFile;
        options.Policy["test"] = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000) };
        return options;
    }

    private static string Shape(JsonElement record) => string.Join(
        ' ', new[] { "event", "repository", "container", "package", "key", "occasion", "request" }.Select(n => Text(record, n)).OfType<string>());

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
