// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using Northstar.Api;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Debug tools beside real containers.</summary>
internal sealed class DebugToolTests : RuntimeFixture
{
    private readonly DebugOptions _debug = new();

    protected override bool StartsAtOnce => false;

    private string LogDirectory => NewPath("log");

    [SetUp]
    public void Reset()
    {
        System.IO.Directory.CreateDirectory(LogDirectory);
        _debug.Commands.Clear();
        _debug.Strace = null;
        _debug.Perf = null;
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.LogDirectory = LogDirectory;
        options.Debug.Strace = _debug.Strace;
        options.Debug.Perf = _debug.Perf;
        foreach (string command in _debug.Commands)
        {
            options.Debug.Commands.Add(command);
        }

        return options;
    }

    [Test]
    public async Task T139_DebugCommand_WritesToTheLogOfTheContainer()
    {
        _debug.Commands.Add("echo  <PID> <CONTAINER> $HOME");
        await StartWithSamplesAsync();
        await StartTestContainerAsync("sleep");

        // No shell: the variable stays as it is.
        string line = (await OutputAsync("test-container:0.0.1 ")).Message;
        Assert.That(line, Is.EqualTo($"test-container:0.0.1: {await InitAsync()} test-container:0.0.1 $HOME"));
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task H98_DebugTools_AreNamedInAWarning()
    {
        await StartAsync();
        Assert.That(Logs.Records.Where(static r => r.Event == "DebugTools"), Is.Empty);
        await StopAsync();

        _debug.Commands.Add("sleep 1000");
        await StartAsync();
        LogCapture.Record warning = await EventAsync("DebugTools");
        Assert.That(warning.Level, Is.EqualTo(Microsoft.Extensions.Logging.LogLevel.Warning));
        Assert.That(warning.Message, Does.Contain("/sleep (debug.commands)"));
    }

    [Test]
    public async Task H98_Tool_HasNoEnvironmentNoDescriptorsAndEndsWithTheContainer()
    {
        _debug.Commands.Add(Script("tool", "echo fds $(ls /proc/self/fd | wc -l) env $(tr '\\0' ' ' < /proc/$$/environ)", "setsid sleep 1000 &", "exec sleep 1000"));
        await StartWithSamplesAsync();
        await StartTestContainerAsync("sleep");

        // ls itself has one for the directory it lists.
        Assert.That(
            (await OutputAsync("^fds ")).Message,
            Is.EqualTo("test-container:0.0.1: fds 4 env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        Assert.That(static () => Sleepers().Length == 2, Is.True.After(5000, 10));
        await StopAsync(TestContainer);
        Assert.That(Sleepers(), Is.Empty);
    }

    [Test]
    public async Task H98_ProgramPlacedInFrontLater_IsNotRun()
    {
        string directory = System.IO.Directory.CreateDirectory(NewPath("first")).FullName;
        string? path = Environment.GetEnvironmentVariable("PATH");
        try
        {
            Environment.SetEnvironmentVariable("PATH", $"{directory}:{path}");
            _debug.Commands.Add("echo the real one");
            await StartWithSamplesAsync();
            Script("first/echo", "echo another one");
            await StartTestContainerAsync("sleep");
            Assert.That((await OutputAsync(" one$")).Message, Does.EndWith("the real one"));
            await StopAsync(TestContainer);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Test]
    public async Task T140_ProgramThatDoesNotExist_IsAnErrorAtStart()
    {
        _debug.Strace = new StraceOptions { Path = "/nowhere/strace" };
        _debug.Perf = new PerfOptions { Path = "no-such-perf" };
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);
        Assert.That(failure!.Message, Does.Contain("debug.strace.path: there is no program /nowhere/strace").And.Contain("debug.perf.path: there is no program no-such-perf in PATH"));

        Reset();
        await StartAsync();
    }

    [Test]
    public async Task T140_ToolThatEndsBeforeItIsAttached_FailsTheStart()
    {
        _debug.Strace = new StraceOptions { Path = Script("strace", "echo cannot trace >&2; exit 3") };
        await StartWithSamplesAsync();

        RuntimeErrorOf(Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep")), "debug.strace: ", "ended before it was attached, Exit(3): cannot trace");

        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Null);
        await AssertNoCgroupAsync();
    }

    [Test]
    [Requires(HostFeature.Strace)]
    public async Task T140_Strace_ToTheLog_BeginsWithTheExecve()
    {
        _debug.Strace = new StraceOptions { Flags = { "-f", "-s", "256" }, Path = HostProbe.FindTool("strace")! };
        await StartWithSamplesAsync();
        await StartTestContainerAsync("print", "hello under strace");

        string first = (await OutputAsync(".")).Message;
        Assert.That(first, Does.Match("^test-container:0\\.0\\.1: \\[pid +[0-9]+\\] execve\\(\"/test-container\", \\[\"/test-container\", \"print\""));
        await OutputAsync(@"write\(1, ""hello under strace");
        await StopAsync(TestContainer);
    }

    [TestCase(false)]
    [TestCase(true)]
    [Requires(HostFeature.Strace)]
    public async Task T140_Strace_ToAFile_HasTheTrace(bool includeRuntime)
    {
        // No -f here: it is added.
        _debug.Strace = new StraceOptions { OutputToFile = true, IncludeRuntime = includeRuntime, Flags = { "-y" } };
        await StartWithSamplesAsync();
        await StartTestContainerAsync("exit", "7");
        int pid = await ExitOfAsync(7);

        string file = System.IO.Directory.GetFiles(LogDirectory).Single();
        Assert.That(Path.GetFileName(file), Is.EqualTo($"strace-{pid}-test-container.log"));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        string[] lines = await File.ReadAllLinesAsync(file);
        int execve = Array.FindIndex(lines, static l => l.Contains("execve(\"/test-container\"", StringComparison.Ordinal));
        Assert.That(execve, includeRuntime ? Is.Positive : Is.Zero);
        Assert.That(lines, Has.Some.Contains("exit_group(7"));

        // The first thing that init does once it may go on, and what the payload does first of all.
        Assert.That(lines, includeRuntime ? Has.Some.Contains("setsid()") : Has.None.Contains("setsid()"));
        Assert.That(lines, includeRuntime ? Has.Some.Contains("seccomp(SECCOMP_SET_MODE_FILTER") : Has.None.Contains("pivot_root("));
    }

    [Test]
    [Requires(HostFeature.Strace)]
    public async Task T140_Strace_WithQuietFlags_IsAttachedAllTheSame()
    {
        _debug.Strace = new StraceOptions { OutputToFile = true, Flags = { "-qq", "-e", "trace=execve" } };
        await StartWithSamplesAsync();
        await StartTestContainerAsync("exit", "0");
        await ExitOfAsync(0);
        string[] lines = await File.ReadAllLinesAsync(System.IO.Directory.GetFiles(LogDirectory).Single());
        Assert.That(lines, Has.Length.EqualTo(1));
        Assert.That(lines[0], Does.Contain("execve(\"/test-container\""));
    }

    [Test]
    [Requires(HostFeature.Strace)]
    public async Task T140_FilesOfSeveralStarts_DoNotReplaceEachOther()
    {
        _debug.Strace = new StraceOptions { OutputToFile = true, Flags = { "-c" } };
        await StartWithSamplesAsync();
        for (int i = 0; i < 2; i++)
        {
            await StartTestContainerAsync("exit", "0");
            await ExitOfAsync(0);
        }

        Assert.That(System.IO.Directory.GetFiles(LogDirectory), Has.Length.EqualTo(2));
    }

    [Test]
    [Requires(HostFeature.Perf)]
    public async Task T141_Perf_RecordsTheContainerFromItsExecveOn()
    {
        _debug.Perf = new PerfOptions { Flags = { "-F", "999" } };
        await StartWithSamplesAsync();
        await StartIdleAsync("sleep");
        int pid = await InitAsync();
        await StopAsync(TestContainer);

        string file = Path.Combine(LogDirectory, $"perf-{pid}-test-container.perf");
        Assert.That(file, Does.Exist);
        Assert.That(System.IO.Directory.GetFiles("/proc", "comm", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true })
            .Select(ReadOrNothing), Has.None.EqualTo("perf"));
        using Process script = Process.Start(new ProcessStartInfo("perf", ["script", "--show-task-events", "-i", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = script.StandardError.ReadToEndAsync();
        string events = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.That(script.ExitCode, Is.Zero, await errors);
        Assert.That(events, Does.Match(@"PERF_RECORD_COMM exec: test-container"));
    }

    private async Task StartWithSamplesAsync()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        foreach (LogCapture.Record _ in Logs.Records.ToArray())
        {
            await Logs.TakeAsync(static _ => true, Limit);
        }
    }

    private async Task<int> InitAsync() => (int)(await Client.InspectAsync(TestContainer)).Process!.Pid;

    /// <summary>Waits for the end of the container and returns the pid that its init had.</summary>
    private async Task<int> ExitOfAsync(int code)
    {
        string started = (await EventAsync("ContainerStarted")).Message;
        await ExitAsync(TestContainer, new ExitStatus.Exit(code));
        return int.Parse(started.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    private static void RuntimeErrorOf(ApiException? failure, params string[] parts)
    {
        foreach (string part in parts)
        {
            Assert.That(failure!.Message, Does.Contain(part));
        }
    }

    private async Task AssertNoCgroupAsync()
    {
        await StopAsync();
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories), Is.Empty);
    }

    /// <summary>Makes a program and returns its path.</summary>
    private string Script(string name, params string[] lines)
    {
        string path = NewPath(name);
        File.WriteAllText(path, "#!/bin/sh\n" + string.Join('\n', lines) + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    private static string[] Sleepers() =>
        [.. System.IO.Directory.EnumerateDirectories("/proc").Where(static d => ReadOrNothing(Path.Combine(d, "cmdline")) == "sleep\01000\0")];

    private static string ReadOrNothing(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
