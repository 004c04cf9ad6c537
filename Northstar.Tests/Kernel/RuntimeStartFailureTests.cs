// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Api;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A runtime that cannot start says why and leaves nothing; once the reason is gone it starts.</summary>
internal sealed class RuntimeStartFailureTests : RuntimeFixture
{
    protected override bool StartsAtOnce => false;

    [TestCase("run", "run_dir ")]
    [TestCase("data", "data_dir ")]
    [TestCase("sockets", "socket_dir ")]
    [TestCase("test", "repository fs: ")]
    public async Task U094_MissingDirectory_IsNamed(string name, string key)
    {
        string path = NewPath(name);
        System.IO.Directory.Delete(path);

        Assert.That(Refusal(), Does.Contain(key + path));

        System.IO.Directory.CreateDirectory(path);
        await StartAsync();
    }

    [Test]
    public async Task SeveralMissingThings_AreReportedTogether()
    {
        System.IO.Directory.Delete(DataDirectory);
        System.IO.Directory.Delete(RepositoryDirectory);

        string message = Refusal(static o => o.Debug.Commands.Add("/nowhere/tool"));

        Assert.That(message.Split('\n'), Is.EqualTo(new[]
        {
            "start the runtime: 3 requirements are not met",
            $"- data_dir {DataDirectory} is no directory; create it first",
            $"- repository fs: {RepositoryDirectory} is no directory; create it first",
            "- debug.commands: there is no program /nowhere/tool; install it or remove the key",
        }));
        System.IO.Directory.CreateDirectory(DataDirectory);
        System.IO.Directory.CreateDirectory(RepositoryDirectory);
        await StartAsync();
    }

    [TestCase("run", "run_dir ")]
    [TestCase("test", "repository fs: ")]
    public void FileInPlaceOfADirectory_IsNamed(string name, string key)
    {
        string path = NewPath(name);
        System.IO.Directory.Delete(path);
        File.WriteAllText(path, "");
        Assert.That(Refusal(), Does.Contain(key + path));
        File.Delete(path);
        System.IO.Directory.CreateDirectory(path);
    }

    [Test]
    public async Task U094_DirectoryThatCannotBeWritten_IsNamed()
    {
        using (Tmpfs.Mount(DataDirectory, "64k", readOnly: true))
        {
            Assert.That(Refusal(), Does.Contain($"data_dir {DataDirectory} cannot be read and written").And.Contain("check"));
        }

        await StartAsync();
    }

    [Test]
    public void MissingKeyFile_IsNamed() =>
        Assert.That(Refusal(o => o.Repositories["mem"].KeyFile = NewPath("none.pub")), Does.Contain("repository mem").And.Contain(NewPath("none.pub")));

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public async Task KeyFileOfAnotherLength_IsNamed(int length)
    {
        string file = NewPath("short.pub");
        await File.WriteAllBytesAsync(file, new byte[length]);
        Assert.That(Refusal(o => o.Repositories["fs"].KeyFile = file), Does.Contain("repository fs").And.Contain(file).And.Contain("32"));
    }

    [Test]
    public void MissingInit_IsNamed() =>
        Assert.That(Refusal(o => o.InitPath = NewPath("northstar-init")), Does.Contain(NewPath("northstar-init")));

    [Test]
    public async Task CgroupThatCannotBeMade_LeavesNoLauncher()
    {
        // A file of every hierarchy has this name.
        Assert.That(Refusal(static o => o.Cgroup = "cgroup.procs"), Does.Contain("cgroup.procs").And.Match("EEXIST|ENOTDIR"));

        await StartAsync();
    }

    [Test]
    public async Task InitThatIsNoProgram_IsNamed()
    {
        await File.WriteAllTextAsync(NewPath("text"), "no program");
        Assert.That(Refusal(o => o.InitPath = NewPath("text")), Does.Contain(NewPath("text")).And.Contain("ENOEXEC"));
    }

    [Test]
    public async Task InitThatEndsAtOnce_FailsTheStart()
    {
        string message = Refusal(static o => o.InitPath = "/bin/true");
        Assert.That(message, Does.Contain("northstar-init"));
        await StartAsync();
    }

    [Test]
    public async Task SocketInUse_IsNamedAndStays()
    {
        using (var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            other.Bind(new UnixDomainSocketEndPoint(ConsolePath));
            other.Listen();

            Assert.That(Refusal(), Does.Contain($"console unix://{ConsolePath}").And.Contain("listens").And.Contain("choose another"));

            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            Assert.That(() => client.Connect(new UnixDomainSocketEndPoint(ConsolePath)), Throws.Nothing);
        }

        await StartAsync();
    }

    [Test]
    public async Task SocketFileOfARuntimeThatDied_IsReplaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(NewPath("dead")));
            File.Move(NewPath("dead"), ConsolePath);
        }

        await StartAsync();

        Assert.That((await Client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
    }

    [Test]
    public void FileInPlaceOfTheSocket_IsNotReplaced()
    {
        File.WriteAllText(ConsolePath, "somebody's file");
        Assert.That(Refusal(), Does.Contain($"console unix://{ConsolePath}: the file there is no socket"));
        Assert.That(File.ReadAllText(ConsolePath), Is.EqualTo("somebody's file"));
    }

    [Test]
    public async Task TcpPortInUse_IsNamed()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        string address = $"tcp://{other.LocalEndpoint}";
        Assert.That(Refusal(o => o.Console.Global!.Bind = address), Does.Contain(address).And.Contain("in use").IgnoreCase);
        await StartAsync();
    }

    [Test]
    public void TcpBeyondLoopback_NeedsAnOption() =>
        Assert.That(Refusal(static o => o.Console.Global!.Bind = "tcp://0.0.0.0:0"), Does.Contain("allow_remote"));

    [TestCase("tcp://0.0.0.0:0")]
    [TestCase("tcp://[::]:0")]
    public async Task TcpBeyondLoopback_WithTheOption_ListensWithAWarning(string address)
    {
        RuntimeOptions options = Options();
        options.Console.Global = new GlobalConsoleOptions { Bind = address, AllowRemote = true };
        await using NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(options, Logs);
        Assert.That((await EventAsync("ConsoleRemote")).Message, Does.Contain(address[..^1]));
    }

    [Test]
    public async Task SecondRuntime_IsRefusedAndHarmsNothing()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");

        string message = Refusal(o => o.Console.Global!.Bind = $"unix://{NewPath("second")}");

        Assert.That(message, Does.Contain($"run_dir {RunDirectory} is in use by another runtime"));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task SecondRuntimeWithDirectoriesOfItsOwn_RunsBesideTheFirst()
    {
        await StartAsync();
        RuntimeOptions options = Options();
        string root = System.IO.Directory.CreateDirectory(NewPath("second")).FullName;
        options.RunDirectory = System.IO.Directory.CreateDirectory(Path.Combine(root, "run")).FullName;
        options.DataDirectory = System.IO.Directory.CreateDirectory(Path.Combine(root, "data")).FullName;
        options.SocketDirectory = null;
        options.Cgroup = Cgroup + "-b";
        options.Console.Global = null;
        foreach (string id in options.Repositories.Where(static r => r.Value.Kind == RepositoryKind.Directory).Select(static r => r.Key).ToArray())
        {
            options.Repositories.Remove(id);
        }

        await using (NorthstarRuntime second = await NorthstarRuntime.StartAsync(options))
        await using (NorthstarClient client = await second.ConnectAsync())
        {
            await client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
            await client.MountAsync(TestResource);
            Assert.That(await Client.ListAsync(), Is.Empty);
        }

        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
    }

    [Test]
    public async Task T173_Integrity_IsThatOfTheMachineAndNamed()
    {
        string? missing = HostProbe.WhyMissing(HostFeature.DeviceMapper);
        if (missing is not null)
        {
            Assert.That(Refusal(static o => o.Integrity = IntegrityMode.DmVerity), Does.Contain("dm-verity").And.Contain("sealed-memory").And.Contain(missing));
            Assert.That(Logs.Records.Where(static r => r.Event == "IntegrityChosen"), Is.Empty);
        }

        await StartAsync();

        string chosen = Logs.Records.Single(static r => r.Event == "IntegrityChosen").Message;
        Assert.That(chosen, Does.StartWith("Images of repositories with a key are protected by " + (missing is null ? "dm-verity: the kernel has it" : "sealed-memory: no dm-verity: ")));
    }

    [Test]
    public void StartThatIsCancelled_LeavesNothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => NorthstarRuntime.StartAsync(Options(), Logs, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(ConsolePath), Is.False);
    }

    /// <summary>Starts a runtime that must refuse, and returns why.</summary>
    private string Refusal(Action<RuntimeOptions>? change = null)
    {
        RuntimeOptions options = Options();
        change?.Invoke(options);
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(() => NorthstarRuntime.StartAsync(options, Logs));
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories).Length == 0 || Runtime is not null, "cgroup");
        return failure!.Message;
    }
}
