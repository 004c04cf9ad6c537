// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What a program holds when it starts, and what init does on the way there.</summary>
internal sealed class DescriptorTests : RuntimeFixture
{
    private const int Containers = 50;

    private readonly DebugOptions _debug = new();

    protected override bool StartsAtOnce => false;

    [SetUp]
    public void Reset() => _debug.Strace = null;

    [Test]
    public async Task H38_FiftyParallelStarts_EachHasItsOwnDescriptorsAlone()
    {
        await StartAsync();
        ContainerId[] ids = new ContainerId[Containers];
        for (int i = 0; i < Containers; i++)
        {
            bool isRich = i % 2 == 0;
            ids[i] = await Client.InstallAsync(
                TestPackages.Program($"many-{i}", further: isRich ? "console: {permissions: [ident]}\nsockets: {a: {type: stream, mode: 0o600}, b: {type: datagram, mode: 0o600}}" : ""), "mem");
        }

        // Starts, installs and mounts, all at once.
        await using NorthstarClient second = await ConnectAsync();
        string package = TestPackages.Program("passing");
        Task passing = Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                ContainerId id = await second.InstallAsync(package, "mem");
                await second.MountAsync(id);
                await second.UmountAsync(id);
                await second.UninstallAsync(id);
            }
        });
        NorthstarClient[] clients = await Task.WhenAll(ids.Select(_ => ConnectAsync()));
        await Task.WhenAll(ids.Zip(clients, (id, client) => client.StartAsync(id, null, ["sleep"], new Dictionary<string, string>())));
        await passing;

        foreach ((ContainerId id, int index) in ids.Select(static (id, i) => (id, i)))
        {
            int payload = ProcessTable.Children((int)(await Client.InspectAsync(id)).Process!.Pid).Single();
            int sockets = index % 2 == 0 ? 3 : 0;
            // The program's own start opens files for a moment.
            Assert.That(() => CountInherited(payload) == 3 + sockets, Is.True.After((int)Limit.TotalMilliseconds, 5), $"{id}");
            string[] targets = [.. Inherited(payload)];
            Assert.That(targets, Has.Length.EqualTo(3 + sockets), $"{id}: {string.Join(", ", targets)}");
            Assert.That(targets[0], Is.EqualTo("/dev/null"));
            Assert.That(targets[1..3], Is.All.StartsWith("pipe:").Or.All.StartsWith("socket:"));
            Assert.That(targets[3..], Is.All.StartsWith("socket:"));
        }

        foreach (NorthstarClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Test]
    public void H39_Init_HasNoInterpreter()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "northstar-init"));
        const int Interpreter = 3; // PT_INTERP
        Assert.That(ElfSegments(file), Has.Member(1).And.No.Member(Interpreter));
    }

    [Test]
    [Requires(HostFeature.Strace)]
    public async Task H39_AfterThePivot_NothingIsOpenedOrExecutedButTheProgram()
    {
        string log = System.IO.Directory.CreateDirectory(NewPath("log")).FullName;
        _debug.Strace = new StraceOptions { OutputToFile = true, IncludeRuntime = true };
        await StartAsync();
        ContainerId id = await Client.InstallAsync(TestPackages.Program("traced"), "mem");
        await Client.StartAsync(id, null, ["exit", "0"], new Dictionary<string, string>());
        await ExitAsync(id, new ExitStatus.Exit(0));

        string[] lines = await File.ReadAllLinesAsync(System.IO.Directory.GetFiles(log).Single());
        int pivot = Array.FindIndex(lines, static l => l.Contains("pivot_root(", StringComparison.Ordinal));
        int execve = Array.FindIndex(lines, static l => l.Contains("execve(", StringComparison.Ordinal));
        Assert.That(pivot, Is.GreaterThan(0));
        Assert.That(execve, Is.GreaterThan(pivot));
        string[] between = lines[(pivot + 1)..execve];
        Assert.That(between, Is.Not.Empty);
        Assert.That(
            between.Where(static l => Regex.IsMatch(l, @"\b(open|openat|openat2|open_tree|creat|execve|execveat|mmap\(.*PROT_EXEC|connect|socket|stat|access|readlink\w*)\(")), Is.Empty);

        // Lines of the process that strace was attached to may come without a number; the program's are those of the payload, which has called execve.
        string payload = Regex.Match(lines[execve], @"^\[?(?:pid +)?(\d+)\b").Value;
        Assert.That(payload, Is.Not.Empty);
        Assert.That(
            lines.Skip(pivot).Where(l => !l.StartsWith(payload, StringComparison.Ordinal) && Regex.IsMatch(l, @"\b(open\w*|execve)\(")), Is.Empty, "init itself never");
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.LogDirectory = _debug.Strace is null ? null : NewPath("log");
        options.Debug.Strace = _debug.Strace;
        return options;
    }

    private static int CountInherited(int pid)
    {
        try
        {
            return Inherited(pid).Count();
        }
        catch (IOException)
        {
            return -1; // one was closed meanwhile
        }
    }

    /// <summary>The targets of the descriptors that are not close-on-exec, in order: those that the program itself opened are.</summary>
    private static IEnumerable<string> Inherited(int pid) =>
        System.IO.Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(static p => int.Parse(Path.GetFileName(p), System.Globalization.CultureInfo.InvariantCulture)).Order()
            .Where(fd => (Convert.ToInt64(File.ReadLines($"/proc/{pid}/fdinfo/{fd}").First(static l => l.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim(), 8) & 0x80000) == 0)
            .Select(fd => new FileInfo($"/proc/{pid}/fd/{fd}").LinkTarget!);

    /// <summary>The types of the program headers of a 64-bit ELF file (elf(5)).</summary>
    private static IEnumerable<int> ElfSegments(byte[] file)
    {
        int offset = (int)BitConverter.ToInt64(file, 32), size = BitConverter.ToUInt16(file, 54), count = BitConverter.ToUInt16(file, 56);
        return Enumerable.Range(0, count).Select(i => BitConverter.ToInt32(file, offset + (i * size)));
    }
}
