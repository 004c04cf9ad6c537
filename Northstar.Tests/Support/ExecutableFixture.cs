// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Support;

/// <summary>The published executable with a configuration of its own; afterwards nothing of it may be left.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples, HostFeature.Executable)]
internal abstract class ExecutableFixture
{
    /// <summary>How long anything that is expected may take.</summary>
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The container that <see cref="StartContainerAsync"/> starts.</summary>
    protected static readonly ContainerId TestContainer = ContainerId.Parse("test-container:0.0.1");

    private readonly List<Process> _started = [];
    private LeakCheck _leaks = null!;
    private string _directory = null!;
    private ReadySocket? _ready;

    /// <summary>Gets the test's own directory.</summary>
    protected string TestDirectory => _directory;

    /// <summary>Gets the configuration file.</summary>
    protected string Configuration => Path.Combine(_directory, "northstar.toml");

    /// <summary>Gets where the console listens.</summary>
    protected string Address => $"unix://{_directory}/console";

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
        _ready?.Dispose();
        _ready = null;
        foreach (string directory in Directory.GetDirectories("/sys/fs/cgroup", $"northstar-{Environment.ProcessId}-exe", SearchOption.AllDirectories))
        {
            foreach (string child in Directory.GetDirectories(directory))
            {
                Directory.Delete(child);
            }

            Directory.Delete(directory);
        }

        Directory.Delete(_directory, recursive: true);
        _leaks.AssertNothingIsLeft();
    }

    /// <summary>Starts the executable.</summary>
    /// <param name="redirect">Whether the test reads its output.</param>
    /// <param name="limits">Commands of a shell that run before it in the same process, for example <c>ulimit -n 64</c>.</param>
    /// <param name="environment">Further variables.</param>
    protected Process Start(bool redirect = false, string limits = "true", params (string Name, string Value)[] environment)
    {
        return Start(
            new ProcessStartInfo("/bin/sh", ["-c", $"{limits}; exec \"$0\" --config \"$1\"", HostProbe.Executable, Configuration])
            {
                RedirectStandardError = redirect,
                RedirectStandardOutput = redirect,
                Environment = { ["NORTHSTAR_LOG"] = "error" },
            },
            environment);
    }

    /// <summary>Starts the executable with a terminal of its own, below script(1), whose output is what the terminal shows.</summary>
    protected Process StartInTerminal() => Start(
        new ProcessStartInfo("script", ["-qefc", $"exec {HostProbe.Executable} --config {Configuration}", "/dev/null"])
        {
            RedirectStandardOutput = true,
            Environment = { ["NORTHSTAR_LOG"] = "error,Northstar.Container=debug" },
        });

    /// <summary>Waits until the executable tells its service manager this state.</summary>
    protected Task HearAsync(string state) => _ready!.HearAsync(state, Limit);

    private Process Start(ProcessStartInfo start, params (string Name, string Value)[] environment)
    {
        _ready?.Dispose();
        _ready = new ReadySocket(_directory);
        start.Environment[ReadySocket.Variable] = _ready.Path;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process runtime = Process.Start(start)!;
        _started.Add(runtime);
        return runtime;
    }

    /// <summary>Connects, once the runtime listens.</summary>
    protected async Task<NorthstarClient> ConnectAsync()
    {
        await _ready!.WaitAsync(_started[^1], Limit);
        return await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(Address));
    }

    /// <summary>Installs the test container and starts it. Returns the host pid of its init.</summary>
    protected async Task<int> StartContainerAsync()
    {
        await using NorthstarClient client = await ConnectAsync();
        await client.InstallAsync(TestPackages.Sample("test-container"), "mem");
        await client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
        await client.StartAsync(TestContainer, null, ["sleep"], new Dictionary<string, string>());
        return (int)(await client.InspectAsync(TestContainer)).Process!.Pid;
    }

    /// <summary>Counts the loop devices in use.</summary>
    protected static int LoopDevices() =>
        Directory.EnumerateDirectories("/sys/block", "loop*").Count(static d => File.Exists(Path.Combine(d, "loop", "backing_file")));

    /// <summary>Sends a signal.</summary>
    protected static void Kill(int pid, int signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        kill.WaitForExit();
    }
}
