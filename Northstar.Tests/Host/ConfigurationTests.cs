// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Configuration;
using Northstar.Npk;
using Northstar.Runtime;

namespace Northstar.Tests.Host;

/// <summary>What the keys of a configuration mean.</summary>
public sealed class ConfigurationTests
{
    [Test]
    public void U090_MinimalWithConsole_IsRead()
    {
        RuntimeOptions options = Configurations.Options(
            "run_dir = \"run\"\ndata_dir = \"data\"\nsocket_dir = \"sockets\"\ncgroup = \"a/b\"\n"
            + "[console.global]\nbind = \"tcp://localhost:4200\"\npermissions = \"full\"\n");

        Assert.Multiple(() =>
        {
            Assert.That(options.RunDirectory, Is.EqualTo("run"));
            Assert.That(options.DataDirectory, Is.EqualTo("data"));
            Assert.That(options.SocketDirectory, Is.EqualTo("sockets"));
            Assert.That(options.Cgroup, Is.EqualTo("a/b"));
            Assert.That(options.Console.Global!.Bind, Is.EqualTo("tcp://localhost:4200"));
            Assert.That(options.Console.Global.Permissions, Is.EqualTo(Permissions.Full));
        });
    }

    [Test]
    public void U090_SchemeHttp_IsAnErrorAtItsPlace() =>
        Assert.That(
            Configurations.Problems(Configurations.Minimal + "[console.global]\nbind = \"http://localhost:4200\"\npermissions = \"full\"\n"),
            Is.EqualTo(new[] { "5:1: console.global.bind: invalid console address 'http://localhost:4200': the schemes are tcp:// and unix://" }));

    [Test]
    public void U091_MemoryRepository_HasItsLimits()
    {
        RepositoryOptions memory = Configurations.Options(
            Configurations.Minimal + "[repositories.memory]\ntype = \"mem\"\nkey = \"a.pub\"\ncapacity_num = 10\ncapacity_size = \"100MB\"\n")
            .Repositories["memory"];

        Assert.Multiple(() =>
        {
            Assert.That(memory.Kind, Is.EqualTo(RepositoryKind.Memory));
            Assert.That(memory.KeyFile, Is.EqualTo("a.pub"));
            Assert.That(memory.CapacityNum, Is.EqualTo(10));
            Assert.That(memory.CapacitySizeBytes, Is.EqualTo(100_000_000));
        });
    }

    [Test]
    public void U092_Defaults_AreThoseOfTheReference()
    {
        RuntimeOptions options = Configurations.Options(
            Configurations.Minimal + "[console.global]\nbind = \"unix:///c\"\npermissions = []\n[repositories.m]\ntype = { mem = {} }\n");

        Assert.Multiple(() =>
        {
            Assert.That(options.EventBufferSize, Is.EqualTo(256));
            Assert.That(options.NotificationBufferSize, Is.EqualTo(128));
            Assert.That(options.LoopDeviceTimeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That(options.DeviceMapperDeviceTimeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
            Assert.That(options.SocketDirectory, Is.Null);
            Assert.That(options.LogDirectory, Is.Null);
            Assert.That(options.ResourceSelection, Is.EqualTo(ResourceSelection.Highest));
            Assert.That(options.MissingBind, Is.EqualTo(MissingBind.Skip));
            Assert.That(options.Seccomp, Is.EqualTo(SeccompDefault.Default));
            Assert.That(options.Integrity, Is.EqualTo(IntegrityMode.Auto));
            Assert.That(options.DefaultPids, Is.EqualTo(1024));
            Assert.That(options.RealtimeBudget, Is.EqualTo(TimeSpan.FromMilliseconds(50)));
            Assert.That(options.Console.Global!.Permissions, Is.EqualTo(Permissions.None));
            Assert.That(options.Console.Global.AllowRemote, Is.False);
            Assert.That(options.Console.Global.Mode, Is.EqualTo(0x180));
            foreach (ConsoleLimits limits in new[] { options.Console.Limits, options.Console.Global.Limits })
            {
                Assert.That(limits.TokenValidity, Is.EqualTo(TimeSpan.FromSeconds(60)));
                Assert.That(limits.MaxRequestsPerSecond, Is.EqualTo(1000));
                Assert.That(limits.MaxRequestSizeBytes, Is.EqualTo(1 << 20));
                Assert.That(limits.MaxNpkInstallSizeBytes, Is.EqualTo(256 << 20));
                Assert.That(limits.NpkStreamTimeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
            }

            RepositoryOptions repository = options.Repositories["m"];
            Assert.That(repository.Kind, Is.EqualTo(RepositoryKind.Memory));
            Assert.That(repository.KeyFile, Is.Null);
            Assert.That(repository.KeyFiles, Is.Empty);
            Assert.That(repository.MountOnStart, Is.False);
            Assert.That(repository.CapacityNum, Is.Null);
            Assert.That(repository.CapacitySizeBytes, Is.Null);
            Assert.That(repository.Strict, Is.False);
            Assert.That(repository.RevokedFile, Is.Null);
            Assert.That(repository.OnRevoked, Is.EqualTo(RevocationPolicy.Stop));
            Assert.That(repository.Pins, Is.Empty);
            Assert.That(repository.LearnsFloor, Is.False);
            Assert.That(repository.Floors, Is.Empty);
            Assert.That(repository.RefusesDevelopmentKeys, Is.False);
            Assert.That(repository.UsesUnverifiedResources, Is.False);
            Assert.That(repository.AdoptsData, Is.False);
            Assert.That(repository.OnCorruption, Is.EqualTo(CorruptionPolicy.Stop));
        });
        Assert.That(Configurations.Options(Configurations.Minimal).Console.Global, Is.Null);
    }

    private static IEnumerable<TestCaseData> Keys()
    {
        yield return Key("event_buffer_size = 7", static o => o.EventBufferSize, 7);
        yield return Key("notification_buffer_size = 7", static o => o.NotificationBufferSize, 7);
        yield return Key("loop_device_timeout = \"2s\"", static o => o.LoopDeviceTimeout, TimeSpan.FromSeconds(2));
        yield return Key("device_mapper_device_timeout = \"2s\"", static o => o.DeviceMapperDeviceTimeout, TimeSpan.FromSeconds(2));
        yield return Key("socket_dir = \"s\"", static o => o.SocketDirectory, "s");
        yield return Key("log_dir = \"l\"", static o => o.LogDirectory, "l");
        yield return Key("resource_selection = \"lowest\"", static o => o.ResourceSelection, ResourceSelection.Lowest);
        yield return Key("missing_bind = \"error\"", static o => o.MissingBind, MissingBind.Error);
        yield return Key("seccomp = \"manifest\"", static o => o.Seccomp, SeccompDefault.Manifest);
        yield return Key("integrity = \"dm-verity\"", static o => o.Integrity, IntegrityMode.DmVerity);
        yield return Key("integrity = \"sealed-memory\"", static o => o.Integrity, IntegrityMode.SealedMemory);
        yield return Key("default_pids = 0", static o => o.DefaultPids, 0u);
        yield return Key("default_memory = \"64 MB\"", static o => o.DefaultMemoryBytes, 64_000_000ul);
        yield return Key("default_swap = \"0\"", static o => o.DefaultSwapBytes, 0ul);
        yield return Key("default_cpu = \"1500ms\"", static o => o.DefaultCpu, TimeSpan.FromMilliseconds(1500));
        yield return Key("default_rlimits.nofile = 1024", static o => o.DefaultRlimits[RlimitResource.Nofile], new Rlimit(1024, 1024));
        yield return Key("[default_rlimits.core]\nsoft = 0", static o => o.DefaultRlimits[RlimitResource.Core], new Rlimit(0, null));
        yield return Key("realtime_budget = \"100ms\"", static o => o.RealtimeBudget, TimeSpan.FromMilliseconds(100));
        yield return Key("console.options.token_validity = \"5s\"", static o => o.Console.Limits.TokenValidity, TimeSpan.FromSeconds(5));
        yield return Key("console.options.max_requests_per_sec = 5", static o => o.Console.Limits.MaxRequestsPerSecond, 5u);
        yield return Key("console.options.max_request_size = \"5K\"", static o => o.Console.Limits.MaxRequestSizeBytes, 5000ul);
        yield return Key("console.options.max_npk_install_size = \"5K\"", static o => o.Console.Limits.MaxNpkInstallSizeBytes, 5000ul);
        yield return Key("console.options.npk_stream_timeout = \"5s\"", static o => o.Console.Limits.NpkStreamTimeout, TimeSpan.FromSeconds(5));
        yield return Key("debug.commands = [\"a b\", \"c\"]", static o => string.Join('|', o.Debug.Commands), "a b|c");
        yield return Global("allow_remote = true", static c => c.AllowRemote, true);
        yield return Global("mode = \"0660\"", static c => c.Mode, 0x1B0u);
        yield return Global("owner = \"root\"", static c => c.Owner, "root");
        yield return Global("group = \"0\"", static c => c.Group, "0");
        yield return Global("options.max_requests_per_sec = 5", static c => c.Limits.MaxRequestsPerSecond, 5u);
        yield return Repository("mount_on_start = true", static r => r.MountOnStart, true);
        yield return Repository("keys = [\"a\", \"b\"]", static r => string.Join('|', r.KeyFiles), "a|b");
        yield return Repository("strict = true", static r => r.Strict, true);
        yield return Repository("on_corruption = \"report\"", static r => r.OnCorruption, CorruptionPolicy.Report);
        yield return Repository("on_corruption = \"exit\"", static r => r.OnCorruption, CorruptionPolicy.Exit);
        yield return Repository("key = \"k\"\nrevoked = \"r\"", static r => r.RevokedFile, "r");
        yield return Repository("key = \"k\"\npin_first_key = true", static r => r.PinsFirstKey, true);
        yield return Repository(
            "key_list = { file = \"l\", root = \"r\" }", static r => $"{r.KeyListFile} {string.Join(',', r.KeyListRoots)} {r.RefusesExpiredKeys}", "l r False");
        yield return Repository(
            "key_list = { file = \"l\", root = [\"r\", \"s\"], expired = \"refuse\" }",
            static r => $"{r.KeyListFile} {string.Join(',', r.KeyListRoots)} {r.RefusesExpiredKeys}", "l r,s True");
        yield return Repository("private_resources = true", static r => r.PrivateResources, true);
        yield return Repository("floor_lost = \"highest\"", static r => r.RaisesLostFloor, true);
        yield return Repository("on_revoked = \"report\"", static r => r.OnRevoked, RevocationPolicy.Report);
        yield return Repository("development_keys = \"refuse\"", static r => r.RefusesDevelopmentKeys, true);
        yield return Repository("unverified_resources = true", static r => r.UsesUnverifiedResources, true);
        yield return Repository("adopt_data = true", static r => r.AdoptsData, true);
        yield return Repository("pin = { a = \"k\", b = [\"l\", \"m\"] }", static r => string.Join('|', r.Pins.Select(static p => $"{p.Key}={string.Join('+', p.Value)}")), "a=k|b=l+m");
        yield return Repository("floor = \"off\"", static r => r.LearnsFloor, false);
        yield return Repository("floor = \"learn\"", static r => r.LearnsFloor, true);
        yield return Repository("floor = { a = \"1.2.3\" }", static r => r.Floors[ContainerName.Parse("a")], new PackageVersion(1, 2, 3));
        yield return Repository("", static r => r.Kind, RepositoryKind.Directory);
        yield return Repository("", static r => r.Directory, "packages");
    }

    [TestCaseSource(nameof(Keys))]
    public void Key_Given_SetsItsOption(string text, Func<RuntimeOptions, object?> read, object? expected) =>
        Assert.That(read(Configurations.Options(Configurations.Minimal + text + "\n")), Is.EqualTo(expected));

    [TestCase("integrity = \"auto\"")]
    [TestCase("resource_selection = \"highest\"")]
    [TestCase("missing_bind = \"skip\"")]
    [TestCase("seccomp = \"default\"")]
    public void Default_WrittenDown_IsAccepted(string text) =>
        Assert.That(Configurations.Problems(Configurations.Minimal + text), Is.Empty);

    [Test]
    public void Permissions_AsList_AreTheirUnion() =>
        Assert.That(
            Configurations.Options(Configurations.Minimal + "[console.global]\nbind = \"unix:///c\"\npermissions = [\"list\", \"token_create\", \"list\"]")
                .Console.Global!.Permissions,
            Is.EqualTo(Permissions.List | Permissions.TokenCreate));

    [Test]
    public void RepositoryIds_WithCaseAndColon_AreKept() =>
        Assert.That(
            Configurations.Options(Configurations.Minimal + "[repositories.\"a:B\"]\ntype = \"mem\"\n[repositories.\"a:b\"]\ntype = \"mem\"\n").Repositories.Keys,
            Is.EqualTo(new[] { "a:B", "a:b" }));

    [Test]
    public void U095_SampleAsPrinted_IsAnErrorAtItsUnquotedPath()
    {
        string[] problems = Configurations.Problems(Configurations.Golden("configuration-sample.toml"));
        Assert.That(problems, Has.Length.EqualTo(1));
        Assert.That(problems[0], Does.StartWith("33:8: ").And.Contain("quotes"));
    }

    [Test]
    public void U095_SampleWithQuotes_HasAllItsMeanings()
    {
        string sample = Configurations.Golden("configuration-sample.toml").Replace("path = /bin/strace", "path = \"/bin/strace\"", StringComparison.Ordinal);
        ConfigurationFile file = Configurations.Parse(sample);
        RuntimeOptions options = file.Options;
        RepositoryOptions memory = options.Repositories["memory"];
        RepositoryOptions directory = options.Repositories["default"];

        Assert.Multiple(() =>
        {
            Assert.That(options.RunDirectory, Is.EqualTo("target/northstar/run"));
            Assert.That(options.DataDirectory, Is.EqualTo("target/northstar/data"));
            Assert.That(options.LogDirectory, Is.EqualTo("target/northstar/logs"));
            Assert.That(options.SocketDirectory, Is.Null);
            Assert.That(options.Cgroup, Is.EqualTo("northstar"));
            Assert.That(options.EventBufferSize, Is.EqualTo(256));
            Assert.That(options.NotificationBufferSize, Is.EqualTo(64));
            Assert.That(options.DeviceMapperDeviceTimeout, Is.EqualTo(TimeSpan.FromSeconds(2)));
            Assert.That(options.LoopDeviceTimeout, Is.EqualTo(TimeSpan.FromSeconds(2)));
            Assert.That(options.Console.Limits.TokenValidity, Is.EqualTo(TimeSpan.FromMinutes(1)));
            Assert.That(options.Console.Global, Is.Null);
            Assert.That(options.Debug.Strace!.OutputToFile, Is.False);
            Assert.That(options.Debug.Strace.Flags, Is.EqualTo(new[] { "-f", "-s", "256" }));
            Assert.That(options.Debug.Strace.Path, Is.EqualTo("/bin/strace"));
            Assert.That(options.Debug.Strace.IncludeRuntime, Is.True);
            Assert.That(options.Debug.Perf!.Path, Is.EqualTo("/bin/perf"));
            Assert.That(options.Debug.Perf.Flags, Is.Empty);
            Assert.That(options.Repositories, Has.Count.EqualTo(2));
            Assert.That(memory.Kind, Is.EqualTo(RepositoryKind.Memory));
            Assert.That(memory.KeyFile, Is.EqualTo("examples/northstar.pub"));
            Assert.That(memory.CapacityNum, Is.EqualTo(10));
            Assert.That(memory.CapacitySizeBytes, Is.EqualTo(10_000_000));
            Assert.That(directory.Kind, Is.EqualTo(RepositoryKind.Directory));
            Assert.That(directory.Directory, Is.EqualTo("target/northstar/repository"));
            Assert.That(directory.MountOnStart, Is.True);
            Assert.That(file.Warnings.Select(static w => w.ToString("f")), Is.EqualTo(new[]
            {
                "f:16:1: token_validity moved; write token_validity in console.options and console.global.options",
            }));
        });
    }

    [Test]
    public void U096_DebugConsole_IsTheGlobalConsoleWithAllPermissions()
    {
        ConfigurationFile file = Configurations.Parse("token_validity = \"5s\"\n" + Configurations.Minimal + "[debug]\nconsole = \"tcp://localhost:4200\"\n");
        GlobalConsoleOptions console = file.Options.Console.Global!;

        Assert.That(console.Bind, Is.EqualTo("tcp://localhost:4200"));
        Assert.That(console.Permissions, Is.EqualTo(Permissions.Full));
        Assert.That(console.Limits.TokenValidity, Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(file.Options.Console.Limits.TokenValidity, Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(file.Warnings.Select(static w => (w.Position.Line, w.Position.Column)), Is.EqualTo(new[] { (1, 1), (6, 1) }));
    }

    [Test]
    public void U096_LimitsOf08_SetBothTablesAndTheNewPlaceWins()
    {
        ConfigurationFile file = Configurations.Parse(
            Configurations.Minimal + "[console]\nmax_requests_per_sec = 5\nmax_request_size = \"7\"\n[console.options]\nmax_requests_per_sec = 6\n"
            + "[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"\n");

        Assert.That(file.Options.Console.Limits.MaxRequestsPerSecond, Is.EqualTo(6));
        Assert.That(file.Options.Console.Global!.Limits.MaxRequestsPerSecond, Is.EqualTo(5));
        Assert.That(file.Options.Console.Limits.MaxRequestSizeBytes, Is.EqualTo(7));
        Assert.That(file.Options.Console.Global.Limits.MaxRequestSizeBytes, Is.EqualTo(7));
        Assert.That(file.Warnings, Has.Count.EqualTo(2));
    }

    private static TestCaseData Key(string text, Func<RuntimeOptions, object?> read, object? expected) =>
        new TestCaseData(text, read, expected).SetArgDisplayNames(text);

    private static TestCaseData Global(string text, Func<GlobalConsoleOptions, object?> read, object? expected) =>
        Key($"[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"\n{text}", o => read(o.Console.Global!), expected);

    private static TestCaseData Repository(string text, Func<RepositoryOptions, object?> read, object? expected) =>
        Key($"[repositories.x]\ntype = {{ fs = {{ dir = \"packages\" }} }}\n{text}", o => read(o.Repositories["x"]), expected);
}
