// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable as a device runs it: signals, its death, a second one.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples, HostFeature.Executable)]
internal sealed class ExecutableTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly ContainerId s_container = ContainerId.Parse("test-container:0.0.1");

    private readonly List<Process> _started = [];
    private LeakCheck _leaks = null!;
    private string _directory = null!;

    private string Configuration => Path.Combine(_directory, "northstar.toml");

    private string Address => $"unix://{_directory}/console";

    [SetUp]
    public async Task SetUpAsync()
    {
        _leaks = new LeakCheck();
        _directory = Directory.CreateTempSubdirectory("northstar-test-").FullName;
        await File.WriteAllTextAsync(Configuration, $"""
            run_dir = "{_directory}/run"
            data_dir = "{_directory}/data"
            cgroup = "northstar-{Environment.ProcessId}-exe"
            [console.global]
            bind = "{Address}"
            permissions = "full"
            [repositories.mem]
            type = "mem"
            key = "{TestPackages.KeyFile}"
            """);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        // After a test that failed half-way.
        foreach (Process runtime in _started)
        {
            try
            {
                runtime.Kill();
                await runtime.WaitForExitAsync();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }
        }

        _started.Clear();
        foreach (string directory in Directory.GetDirectories("/sys/fs/cgroup", $"northstar-{Environment.ProcessId}-exe", SearchOption.AllDirectories))
        {
            foreach (string child in Directory.GetDirectories(directory))
            {
                Directory.Delete(child);
            }

            Directory.Delete(directory);
        }

        Directory.Delete(_directory, recursive: true);
        await _leaks.AssertNothingIsLeftAsync();
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(15)]
    public async Task T015_Signal_EndsInOrder(int signal)
    {
        Process runtime = Start();
        int init = await StartContainerAsync();

        Kill(runtime.Id, signal);

        await runtime.WaitForExitAsync().WaitAsync(s_limit);
        Assert.That(runtime.ExitCode, Is.Zero);
        Assert.That(Directory.Exists($"/proc/{init}"), Is.False);
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(_directory, "run")), Is.Empty);
        Assert.That(Directory.GetDirectories("/sys/fs/cgroup", $"northstar-{Environment.ProcessId}-exe", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task T016_DeathOfTheRuntime_TakesEverythingWithIt()
    {
        Process runtime = Start();
        int init = await StartContainerAsync();
        int loops = LoopDevices();
        Assert.That(loops, Is.GreaterThan(0));

        Kill(runtime.Id, 9);
        await runtime.WaitForExitAsync().WaitAsync(s_limit);

        Assert.That(() => Directory.Exists($"/proc/{init}"), Is.False.After(2000, 20));
        Assert.That(() => LoopDevices() < loops, Is.True.After(2000, 20));

        // The next one sweeps what remains and works.
        Process next = Start();
        await StartContainerAsync();
        Kill(next.Id, 15);
        await next.WaitForExitAsync().WaitAsync(s_limit);
        Assert.That(next.ExitCode, Is.Zero);
    }

    [Test]
    public async Task H98_DeathOfTheRuntime_TakesDebugToolsWithIt()
    {
        string number = $"10{Environment.ProcessId}";
        await File.AppendAllTextAsync(Configuration, $"\n[debug]\ncommands = [\"sleep {number}\"]\n");
        Process runtime = Start();
        await StartContainerAsync();
        Assert.That(IsSleeping, Is.True.After(5000, 10));

        Kill(runtime.Id, 9);
        await runtime.WaitForExitAsync().WaitAsync(s_limit);

        Assert.That(IsSleeping, Is.False.After(5000, 10));

        bool IsSleeping()
        {
            using Process find = Process.Start(new ProcessStartInfo("pgrep", ["-fx", $"sleep {number}"]) { RedirectStandardOutput = true })!;
            find.WaitForExit();
            return find.ExitCode == 0;
        }
    }

    [Test]
    public async Task C15_ProgramThatEverybodyCanWrite_FailsTheCheck()
    {
        string bin = Directory.CreateDirectory(Path.Combine(_directory, "bin")).FullName;
        string program = Path.Combine(bin, "northstar");
        foreach (string name in new[] { "northstar", "northstar-init" })
        {
            File.Copy(Path.Combine(Path.GetDirectoryName(HostProbe.Executable)!, name), Path.Combine(bin, name));
            File.SetUnixFileMode(Path.Combine(bin, name), (UnixFileMode)0b111_101_101);
        }

        (int code, string output) = await CheckAsync();
        Assert.That(code, Is.Zero, output);

        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_111);
        (code, output) = await CheckAsync();
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Match($"NO +program northstar +{program} can be written by everybody"));

        async Task<(int, string)> CheckAsync()
        {
            using Process check = Process.Start(new ProcessStartInfo(program, ["check"]) { RedirectStandardOutput = true })!;
            string text = await check.StandardOutput.ReadToEndAsync();
            await check.WaitForExitAsync();
            return (check.ExitCode, text);
        }
    }

    [Test]
    public async Task SecondRuntimeOnTheSameDirectories_IsRefused()
    {
        Process first = Start();
        await using (NorthstarClient client = await ConnectAsync())
        {
            Process second = Start(redirect: true);
            string error = await second.StandardError.ReadToEndAsync();
            await second.WaitForExitAsync().WaitAsync(s_limit);
            Assert.That(second.ExitCode, Is.EqualTo(1));
            Assert.That(error, Does.Contain($"run_dir {_directory}/run is in use by another runtime"));
            Assert.That(await client.ListAsync(), Is.Empty);
        }

        Kill(first.Id, 15);
        await first.WaitForExitAsync().WaitAsync(s_limit);
    }

    [Test]
    public async Task T112_Inherited_AppearsUnchangedOnTheStreamsOfTheRuntime()
    {
        string package = TestPackages.Patched("test-container", Path.Combine(_directory, "inherit.npk"), ("stdout: pipe\n  stderr: pipe", "stdout: inherit\n  stderr: inherit"));
        Process runtime = Start(redirect: true);
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.InstallAsync(package, "mem");
            await client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
            foreach (string stream in new[] { "stdout", "stderr" })
            {
                await client.StartAsync(s_container, null, ["print", "--io", stream, $"\e[1mto {stream}\twith\ttabs"], new Dictionary<string, string>());
                StreamReader reader = stream == "stdout" ? runtime.StandardOutput : runtime.StandardError;
                string? line;
                do
                {
                    line = await reader.ReadLineAsync().WaitAsync(s_limit);
                }
                while (line is not null && line != $"\e[1mto {stream}\twith\ttabs");

                Assert.That(line, Is.Not.Null, stream);
                await client.KillAsync(s_container, 9);
                Assert.That(async () => (await client.InspectAsync(s_container)).Process is null, Is.True.After(5000, 10));
            }
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(s_limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    private Process Start(bool redirect = false)
    {
        Process runtime = Process.Start(new ProcessStartInfo(HostProbe.Executable, ["--config", Configuration])
        {
            RedirectStandardError = redirect,
            RedirectStandardOutput = redirect,
            Environment = { ["NORTHSTAR_LOG"] = "error" },
        })!;
        _started.Add(runtime);
        return runtime;
    }

    private async Task<NorthstarClient> ConnectAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(Address));
            }
            catch (ApiException) when (Stopwatch.GetElapsedTime(start) < s_limit)
            {
                await Task.Delay(10);
            }
        }
    }

    private async Task<int> StartContainerAsync()
    {
        await using NorthstarClient client = await ConnectAsync();
        await client.InstallAsync(TestPackages.Sample("test-container"), "mem");
        await client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
        await client.StartAsync(s_container, null, ["sleep"], new Dictionary<string, string>());
        return (int)(await client.InspectAsync(s_container)).Process!.Pid;
    }

    private static int LoopDevices() =>
        Directory.EnumerateDirectories("/sys/block", "loop*").Count(static d => File.Exists(Path.Combine(d, "loop", "backing_file")));

    private static void Kill(int pid, int signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        kill.WaitForExit();
    }
}
