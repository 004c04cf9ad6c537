// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable as a device runs it: signals, its death, a second one.</summary>
internal sealed class ExecutableTests : ExecutableFixture
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(15)]
    public async Task T015_Signal_EndsInOrder(int signal)
    {
        Process runtime = Start();
        int init = await StartContainerAsync();

        Kill(runtime.Id, signal);

        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
        Assert.That(Directory.Exists($"/proc/{init}"), Is.False);
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(TestDirectory, "run")), Is.Empty);
        Assert.That(Directory.GetDirectories("/sys/fs/cgroup", $"northstar-{Environment.ProcessId}-exe", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task T016_DeathOfTheRuntime_TakesEverythingWithIt()
    {
        Process runtime = Start();
        int init = await StartContainerAsync();
        int payload = ProcessTable.Children(init).Single();
        int loops = LoopDevices();
        Assert.That(loops, Is.GreaterThan(0));

        Kill(runtime.Id, 9);
        await runtime.WaitForExitAsync().WaitAsync(Limit);

        Assert.That(() => ProcessTable.Exists(init) || ProcessTable.Exists(payload), Is.False.After(2000, 20));
        Assert.That(() => LoopDevices() < loops, Is.True.After(2000, 20));

        // The next one sweeps what remains and works.
        Process next = Start();
        await StartContainerAsync();
        Kill(next.Id, 15);
        await next.WaitForExitAsync().WaitAsync(Limit);
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
        await runtime.WaitForExitAsync().WaitAsync(Limit);

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
        string bin = Directory.CreateDirectory(Path.Combine(TestDirectory, "bin")).FullName;
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
            await second.WaitForExitAsync().WaitAsync(Limit);
            Assert.That(second.ExitCode, Is.EqualTo(1));
            Assert.That(error, Does.Contain($"run_dir {TestDirectory}/run is in use by another runtime"));
            Assert.That(await client.ListAsync(), Is.Empty);
        }

        Kill(first.Id, 15);
        await first.WaitForExitAsync().WaitAsync(Limit);
    }

    [Test]
    public async Task T112_Inherited_AppearsUnchangedOnTheStreamsOfTheRuntime()
    {
        string package = TestPackages.Patched("test-container", Path.Combine(TestDirectory, "inherit.npk"), ("stdout: pipe\n  stderr: pipe", "stdout: inherit\n  stderr: inherit"));
        Process runtime = Start(redirect: true);
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.InstallAsync(package, "mem");
            await client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
            foreach (string stream in new[] { "stdout", "stderr" })
            {
                await client.StartAsync(TestContainer, null, ["print", "--io", stream, $"\e[1mto {stream}\twith\ttabs"], new Dictionary<string, string>());
                StreamReader reader = stream == "stdout" ? runtime.StandardOutput : runtime.StandardError;
                string? line;
                do
                {
                    line = await reader.ReadLineAsync().WaitAsync(Limit);
                }
                while (line is not null && line != $"\e[1mto {stream}\twith\ttabs");

                Assert.That(line, Is.Not.Null, stream);
                await client.KillAsync(TestContainer, 9);
                Assert.That(async () => (await client.InspectAsync(TestContainer)).Process is null, Is.True.After(5000, 10));
            }
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }
}
