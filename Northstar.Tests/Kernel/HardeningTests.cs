// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What init and payload are allowed, seen from the host and from inside.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HardeningTests : WitnessFixture
{
    private static readonly string[] s_namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];
    private static readonly string[] s_sets = ["inheritable", "permitted", "effective", "bounding", "ambient"];

    private SeccompDefault _seccomp;

    [Test]
    public void H50_Init_HasNoRights()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (string set in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" })
            {
                Assert.That(ProcessTable.Status(WitnessPid, set), Is.EqualTo("0000000000000000"), set);
            }

            Assert.That(ProcessTable.Status(WitnessPid, "NoNewPrivs"), Is.EqualTo("1"));
            Assert.That(ProcessTable.Status(WitnessPid, "Seccomp"), Is.EqualTo("2"));
            Assert.That(ProcessTable.Status(WitnessPid, "Uid"), Is.EqualTo("1000\t1000\t1000\t1000"));
            Assert.That(ProcessTable.Status(WitnessPid, "Gid"), Is.EqualTo("1000\t1000\t1000\t1000"));
            Assert.That(ProcessTable.Status(WitnessPid, "Groups"), Is.Empty);
            Assert.That(ProcessTable.Status(WitnessPid, "Threads"), Is.EqualTo("1"));
            Assert.That(ProcessTable.Status(WitnessPid, "SigCgt"), Is.EqualTo("0000000000000000"), "handlers");
            Assert.That(ProcessTable.Status(WitnessPid, "SigIgn"), Is.EqualTo("0000000000000000"), "ignored signals");
            Assert.That(System.IO.Directory.GetFileSystemEntries($"/proc/{WitnessPid}/fd"), Has.Length.LessThanOrEqualTo(2));
            Assert.That(Owner($"/proc/{WitnessPid}/environ"), Is.Zero, "a process that is not dumpable has files of root");
            Assert.That(Owner($"/proc/{LauncherPid}/environ"), Is.Zero);
        }
    }

    [Test]
    public async Task H51_Capabilities_AreExactlyThoseOfTheManifest([Values("none", "one", "all")] string kind, [Values] bool hasGroups)
    {
        await RestartAsync(SeccompDefault.Manifest);
        Capability[] wanted = kind switch
        {
            "none" => [],
            "one" => [Capability.Kill],
            _ => [.. Enum.GetValues<Capability>().Where(static c => (OwnCapabilities() >> (int)c & 1) != 0)],
        };
        string[] names = [.. wanted.Select(static c => ManifestWords.Capability[c])];
        string groups = hasGroups ? "suppl_groups: [daemon, bin]" : "";
        string package = TestPackages.Program("subject", further: $"capabilities: [{string.Join(", ", names)}]\n{groups}");

        JsonElement payload = await InspectAsync(await StartProgramAsync(package, "inspect", "--json"));
        JsonElement executed = await InspectAsync(await StartProgramAsync(package, "execute", "/test-container", "inspect", "--json"));

        foreach (JsonElement view in new[] { payload, executed })
        {
            foreach (string set in s_sets)
            {
                Assert.That(view.GetProperty($"caps {set}").EnumerateArray().Select(static c => c.GetString()), Is.EquivalentTo(names), set);
            }

            Assert.That(view.GetProperty("getgroups").EnumerateArray(), Has.Exactly(hasGroups ? 2 : 0).Items);
            Assert.That(view.GetProperty("NoNewPrivs").ToString(), Is.EqualTo("1"));
            const int Locked = 0x2B; // SECBIT_NOROOT, and that, SECBIT_NO_SETUID_FIXUP and SECBIT_KEEP_CAPS locked
            Assert.That(view.GetProperty("securebits").GetInt32(), Is.EqualTo(Locked));
        }
    }

    [Test]
    public async Task H54_Namespaces_AreNewAndTheCgroupIsTheRoot()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "cat", "/proc/self/cgroup");

        // With version 2 alone there is one hierarchy, number 0.
        bool isUnified = (await File.ReadAllTextAsync("/proc/self/cgroup")).StartsWith("0:", StringComparison.Ordinal);
        string cgroup = (await OutputAsync(isUnified ? "^0:" : "^1:")).Message;
        Assert.That(cgroup, Does.EndWith(":/"));
        int payload = ProcessTable.Children(await PidAsync(id)).Single();
        using (Assert.EnterMultipleScope())
        {
            foreach (string name in System.IO.Directory.GetFileSystemEntries("/proc/self/ns").Select(static p => Path.GetFileName(p)!))
            {
                string host = Link("self", name), witness = Link($"{ProcessTable.Children(WitnessPid).Single()}", name), own = Link($"{payload}", name);
                bool isNew = s_namespaces.Contains(name.Replace("_for_children", "", StringComparison.Ordinal));
                Assert.That(own, isNew ? Is.Not.EqualTo(host).And.Not.EqualTo(witness) : Is.EqualTo(host), name);
            }
        }

        Assert.That(s_namespaces.Concat(["time", "user"]), Is.SubsetOf(System.IO.Directory.GetFileSystemEntries("/proc/self/ns").Select(static p => Path.GetFileName(p))), "all eight were compared");
        await StopAsync(id);
    }

    [TestCase("subject", "subject")]
    [TestCase("a-very-long-name-0123456789-0123456789-0123456789-0123456789-0123456789", "a-very-long-name-0123456789-0123456789-0123456789-0123456789-012")]
    public async Task H54_HostName_IsTheContainersAsFarAsTheKernelTakesIt(string name, string expected) =>
        Assert.That((await InspectAsync(await StartProgramAsync(TestPackages.Program(name), "inspect", "--json"))).GetProperty("hostname").GetString(), Is.EqualTo(expected));

    [Test]
    public async Task H37_Label_ThatCannotBeWritten_FailsTheStart()
    {
        if (File.Exists("/sys/fs/selinux/enforce"))
        {
            Assert.Ignore("needs a host without SELinux, which refuses every label");
        }

        string package = TestPackages.Program("labelled", further: "selinux: {exec: \"system_u:system_r:container_t:s0\"}");
        ContainerId id = await Client.InstallAsync(package, "mem");
        await Client.StartAsync(id);
        await StopAsync(id);

        // The answer is that of the kernel: the label was written to the attribute of the program that would run next.
        Runtime.Starter.HasSelinux = true;
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("selinux.exec system_u:system_r:container_t:s0: ").And.Contain("EINVAL"));
        Assert.That((await Client.InspectAsync(id)).Process, Is.Null);
    }

    [Test]
    [Requires(HostFeature.Selinux)]
    public async Task H37_Label_IsThatOfTheProgram()
    {
        string own = (await File.ReadAllTextAsync("/proc/self/attr/current")).Trim('\0', '\n');
        ContainerId id = await StartProgramAsync(TestPackages.Program("labelled", further: $"selinux: {{exec: \"{own}\"}}"), "cat", "/proc/self/attr/current");
        await OutputAsync($"^{System.Text.RegularExpressions.Regex.Escape(own)}");
        await StopAsync(id);
    }

    [Test]
    public async Task H54_HostName_SetInsideIsNotSeenOutside()
    {
        await RestartAsync(SeccompDefault.Manifest);
        string before = Environment.MachineName;
        string package = TestPackages.Program("named", further: "capabilities: [CAP_SYS_ADMIN]");
        ContainerId id = await StartProgramAsync(package, "hostname", "inside");
        await OutputAsync("^host name: .*errno 0");
        Assert.That((await File.ReadAllTextAsync($"/proc/sys/kernel/hostname")).Trim(), Is.EqualTo(before));
        await StopAsync(id);
    }

    [Test]
    public async Task C07_SystemVIpc_IsNotSharedWithHostOrSiblings()
    {
        (string kind, string option)[] kinds = [("shm", "-M 4096"), ("msg", "-Q")];
        string[] made = [.. kinds.Select(static k => System.Text.RegularExpressions.Regex.Match(Run("ipcmk", k.option.Split(' ')), @"\d+").Value)];
        try
        {
            // Both use the same keys, and each finds none there.
            foreach (string name in new[] { "first", "second" })
            {
                await StartProgramAsync(TestPackages.Program(name), "ipc");
                await OutputAsync("^segments: 1, queues: 1$");
            }
        }
        finally
        {
            Run("ipcrm", "-m", made[0], "-q", made[1]);
        }
    }

    [Test]
    public async Task H55_Cgroups_OfTheHost_AreNotThere()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject", "  /sys: {type: sysfs}"), "write", "1", "/sys/fs/cgroup/pids/cgroup.procs");
        await ExitAsync(id, new ExitStatus.Exit(1));
        await StartAgainAsync(id, "inspect", "--json");
        string[] types = [.. (await InspectAsync(id)).GetProperty("/proc/self/mounts").EnumerateArray().Select(static m => m.GetProperty("type").GetString()!)];
        Assert.That(types, Does.Contain("sysfs").And.None.StartsWith("cgroup"));
    }

    [Test]
    public async Task H57_Keyring_IsTheContainersOwn()
    {
        await RestartAsync(SeccompDefault.Manifest);
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "keyring");
        string first = (await OutputAsync("^keyring: ")).Message;
        await StopAsync(id);
        await StartAgainAsync(id, "keyring");
        string second = (await OutputAsync("^keyring: ")).Message;
        await StopAsync(id);
        Assert.That(first, Does.Match(@"keyring: \d+, errno 0$"));
        Assert.That(second, Is.Not.EqualTo(first), "each start has a new one");
        await StartAgainAsync(id, "cat", "/proc/keys");
        await ExitAsync(id, new ExitStatus.Exit(1));
    }

    [Test]
    public async Task H57_Keyctl_IsDeniedByDefault()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "keyring");
        await OutputAsync("^keyring: -1, errno 1$");
        await StopAsync(id);
    }

    [Test]
    public async Task H58_Init_CannotBeLookedInto()
    {
        await RestartAsync(SeccompDefault.Manifest);
        ContainerId id = await StartProgramAsync(TestPackages.Program("attacker"), "attack", "1");
        await OutputAsync("^attacks that succeeded: none$");
        await StopAsync(id);
    }

    [Test]
    public async Task H58_Attack_OnItself_ShowsThatTheTestCanSucceed()
    {
        await RestartAsync(SeccompDefault.Manifest);
        ContainerId id = await StartProgramAsync(TestPackages.Program("attacker"), "attack", "2");
        await OutputAsync("^attacks that succeeded: .*process_vm_readv.*environ");
        await StopAsync(id);
    }

    [TestCase("", "0", "0")]
    [TestCase("rlimits: {core: {soft: 1000, hard: 2000}}", "1000", "2000")]
    public async Task H58_Crash_WritesNoMemoryUnlessTheManifestSaysSo(string limit, string soft, string hard)
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("crasher", further: limit), "sleep");
        int payload = ProcessTable.Children(await PidAsync(id)).Single();
        Assert.That(await File.ReadAllTextAsync($"/proc/{payload}/limits"), Does.Match($@"Max core file size +{soft} +{hard} "));
        await StopAsync(id);
    }

    [Test]
    public void H62_Sockets_AreNeverAbstract()
    {
        // The test host may have some of its own; a runtime, its launcher and its containers add none.
        string[] inodes = [.. new[] { Environment.ProcessId, LauncherPid, WitnessPid }.SelectMany(SocketInodes)];
        Assert.That(inodes, Is.Not.Empty);
        IEnumerable<string[]> ours = File.ReadLines("/proc/net/unix").Select(static l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 6 && inodes.Contains(fields[6]));
        Assert.That(ours.Where(static fields => fields.Length > 7 && fields[7].StartsWith('@')), Is.Empty);
        Assert.That(File.ReadAllText("/proc/net/unix"), Does.Contain(Directory), "the table shows what is there");
    }

    [Test]
    public async Task W41_SignalsOfAServiceManager_DoNotEndTheLauncher()
    {
        int launcher = LauncherPid;
        foreach (int signal in new[] { 1, 2, 3, 15 })
        {
            Assert.That(Northstar.Runtime.Interop.Sys.kill(launcher, signal), Is.Zero);
        }

        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "sleep");
        await StopAsync(id);
        Assert.That(LauncherPid, Is.EqualTo(launcher));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Seccomp = _seccomp;
        return options;
    }

    private static IEnumerable<string> SocketInodes(int pid) =>
        System.IO.Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(static f => new FileInfo(f).LinkTarget ?? "")
            .Where(static t => t.StartsWith("socket:[", StringComparison.Ordinal)).Select(static t => t[8..^1]);

    private static ulong OwnCapabilities() => Convert.ToUInt64(ProcessTable.Status(Environment.ProcessId, "CapPrm"), 16);

    private static string Link(string pid, string name) => new FileInfo($"/proc/{pid}/ns/{name}").LinkTarget!;

    private static int Owner(string path) => int.Parse(Run("stat", "-c", "%u", path), CultureInfo.InvariantCulture);

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, program);
        return output;
    }

    private async Task RestartAsync(SeccompDefault seccomp)
    {
        await StopAsync();
        _seccomp = seccomp;
        await StartAsync();
        await InstallWitnessAsync();
    }

    private async Task StartAgainAsync(ContainerId id, params string[] arguments)
    {
        await Client.StartAsync(id, null, arguments, new Dictionary<string, string>());
        await NotificationAsync<Notification.Started>();
    }

    /// <summary>Takes the report of a container and uninstalls it.</summary>
    private async Task<JsonElement> InspectAsync(ContainerId id)
    {
        string json = (await OutputAsync(@"^\{")).Message;
        await StopAsync(id);
        await Client.UninstallAsync(id);
        return JsonDocument.Parse(json[json.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }
}
