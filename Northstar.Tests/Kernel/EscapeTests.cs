// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Security.Cryptography;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A container that tries to get out of its file system, with and without capabilities.</summary>
internal sealed class EscapeTests : RuntimeFixture
{
    private const string Mounts = "mounts:\n  /dev: {type: dev}\n  /proc: {type: proc}\n  /sys: {type: sysfs}\n  /tmpfs: {type: tmpfs, size: 1M}\n";
    private const string Many = "[CAP_SYS_CHROOT, CAP_SYS_ADMIN, CAP_DAC_OVERRIDE, CAP_MKNOD, CAP_NET_ADMIN, CAP_SYS_TTY_CONFIG, CAP_FOWNER]";

    private static readonly ContainerId s_escape = ContainerId.Parse("escape:0.0.1");

    private string? _init;

    protected override bool StartsAtOnce => false;

    [TestCase("[]", "refused")]
    [TestCase(Many, "allowed")]
    public async Task C03_C10_H36_Attempts_DoNotWork(string capabilities, string chroot)
    {
        await StartAsync();
        string marker = NewPath("marker");
        await File.WriteAllTextAsync(marker, "host");
        string[] before = await File.ReadAllLinesAsync("/proc/self/mountinfo");
        await InstallEscapeAsync(capabilities);

        await Client.StartAsync(s_escape, null, ["escape", marker], new Dictionary<string, string>());

        await OutputAsync($"^chroot is {chroot}$");
        string result = (await OutputAsync("^escape: ")).Message;
        Assert.That(result, Does.Match(@": 0 of \d{3} attempts worked$"), string.Join('\n', Logs.Records.Select(static r => r.Message).Where(static m => m.Contains("worked: ", StringComparison.Ordinal))));
        await StopAsync(s_escape);
        Assert.That(await File.ReadAllLinesAsync("/proc/self/mountinfo"), Is.EqualTo(before));
    }

    [Test]
    public async Task C03_Mountinfo_ListsDeclaredMountsAndMasksOnly()
    {
        await StartAsync();
        await InstallEscapeAsync("[CAP_SYS_ADMIN]");
        await Client.StartAsync(s_escape, null, ["sleep"], new Dictionary<string, string>());
        uint pid = (await Client.InspectAsync(s_escape)).Process!.Pid;

        string[][] table = [.. (await File.ReadAllLinesAsync($"/proc/{pid}/mountinfo")).Select(static l => l.Split(' '))];

        Assert.That(table.Select(static l => l[4]).Where(static t => !t.StartsWith("/proc/", StringComparison.Ordinal) && !t.StartsWith("/sys/", StringComparison.Ordinal)), Is.EquivalentTo(["/", "/dev", "/proc", "/sys", "/tmpfs"]));
        Assert.That(table.Where(static l => l[4].StartsWith("/proc/", StringComparison.Ordinal) || l[4].StartsWith("/sys/", StringComparison.Ordinal)).Select(static l => l[3]), Is.All.AnyOf("/empty", "/void"));
        Assert.That(table.Where(static l => l[4] != "/tmpfs").Select(static l => l[5]), Is.All.StartsWith("ro,nosuid"));
    }

    [Test]
    public async Task C14_Init_RunsFromASealedCopyThatItsOwnerCannotReach()
    {
        // The user of the container owns the file that its init was started from.
        string init = NewPath("northstar-init");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "northstar-init"), init);
        Tool.Run("chown", "1000:1000", init);
        byte[] hash = SHA256.HashData(await File.ReadAllBytesAsync(init));
        DateTime time = File.GetLastWriteTimeUtc(init);
        _init = init;
        await StartAsync();
        _init = null;
        await InstallEscapeAsync("[CAP_DAC_OVERRIDE]");

        await Client.StartAsync(s_escape, null, ["open", "w", "/proc/1/exe", "/proc/self/exe"], new Dictionary<string, string>());
        await OutputAsync($"^open w /proc/1/exe: errno ({(int)Errno.EACCES}|{(int)Errno.EROFS}|{(int)Errno.EPERM})$");
        await OutputAsync("^open w /proc/self/exe: errno [1-9]");
        await OutputAsync("^Sleeping");
        uint pid = (await Client.InspectAsync(s_escape)).Process!.Pid;
        Assert.That(Seals($"/proc/{pid}/exe"), Is.EqualTo(Sys.F_SEAL_SEAL | Sys.F_SEAL_SHRINK | Sys.F_SEAL_GROW | Sys.F_SEAL_WRITE | (Environment.OSVersion.Version >= new Version(6, 3) ? Sys.F_SEAL_EXEC : 0)));
        await StopAsync(s_escape);

        // No program either.
        Assert.That(() => Client.StartAsync(s_escape, "/proc/1/exe", [], new Dictionary<string, string>()), Throws.TypeOf<ApiException>());
        Assert.That(SHA256.HashData(await File.ReadAllBytesAsync(init)), Is.EqualTo(hash));
        Assert.That(File.GetLastWriteTimeUtc(init), Is.EqualTo(time));
    }

    [Test]
    public async Task H38_ProgramBehindADescriptor_IsRefused()
    {
        await StartAsync();
        await InstallEscapeAsync("[CAP_SYS_ADMIN, CAP_DAC_OVERRIDE]");
        for (int descriptor = 3; descriptor <= 64; descriptor++)
        {
            // Through an open root of the container, or of the host, one of these would be found.
            foreach (string path in new[] { "", "/test-container", "/bin/sh", "/../test-container", "/dev/../test-container" })
            {
                string program = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}{path}");
                Assert.That(() => Client.StartAsync(s_escape, program, [], new Dictionary<string, string>()), Throws.TypeOf<ApiException>(), program);
            }
        }

        Assert.That((await Client.InspectAsync(s_escape)).Process, Is.Null);
        await Client.StartAsync(s_escape, "/proc/self/root/test-container", ["sleep"], new Dictionary<string, string>());
        await OutputAsync("^Sleeping");
        await StopAsync(s_escape);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.InitPath = _init;
        return options;
    }

    private static unsafe int Seals(string path)
    {
        using SafeFd file = Descriptors.Open(path, Sys.O_RDONLY);
        using var fd = new Borrow(file);
        const int FutureWrite = 0x10; // comes along with the others
        return Sys.fcntl(fd.Fd, Sys.F_GET_SEALS, 0) & ~FutureWrite;
    }

    private Task<ContainerId> InstallEscapeAsync(string capabilities) => Client.InstallAsync(
        TestPackages.Pack(
            $"name: escape\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\ncapabilities: {capabilities}\n{Mounts}",
            Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
            NewPath("escape.npk")),
        "mem");
}
