// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using System.Threading.Channels;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;

namespace Northstar.Tests.Support;

/// <summary>A runtime of its own for each test, with a client that hears notifications; afterwards nothing of it may be left.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples)]
internal abstract class RuntimeFixture
{
    /// <summary>How long anything that is expected may take.</summary>
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    protected static readonly ContainerId TestContainer = ContainerId.Parse("test-container:0.0.1");
    protected static readonly ContainerId TestResource = ContainerId.Parse("test-resource:0.0.1");

    private static int s_counter;

    private LeakCheck _leaks = null!;
    private string _directory = null!;
    private Channel<Notification> _notifications = null!;
    private CancellationTokenSource _listening = null!;
    private Task _listener = null!;

    protected string Directory => _directory;

    protected LogCapture Logs { get; private set; } = null!;

    protected NorthstarRuntime Runtime { get; private set; } = null!;

    protected NorthstarClient Client { get; private set; } = null!;

    protected string Cgroup { get; private set; } = null!;

    protected string RunDirectory => Path.Combine(_directory, "run");

    protected string DataDirectory => Path.Combine(_directory, "data");

    protected string RepositoryDirectory => Path.Combine(_directory, "test");

    /// <summary>Gets a value indicating whether the runtime starts before the test; otherwise the test starts it.</summary>
    protected virtual bool StartsAtOnce => true;

    /// <summary>Gets where clients connect.</summary>
    protected virtual ConsoleAddress Address => new ConsoleAddress.Unix(ConsolePath);

    protected string ConsolePath => Path.Combine(_directory, "console");

    [SetUp]
    public async Task StartRuntimeAsync()
    {
        _leaks = new LeakCheck();
        Logs = new LogCapture();
        _directory = System.IO.Directory.CreateTempSubdirectory("northstar-test-").FullName;
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);
        Cgroup = $"northstar-{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}";
        foreach (string name in new[] { "run", "data", "sockets", "test", "test_limited_num", "test_limited_size" })
        {
            System.IO.Directory.CreateDirectory(Path.Combine(_directory, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.SetUnixFileMode(Path.Combine(_directory, "sockets"), (UnixFileMode)0b111_001_001);
        if (StartsAtOnce)
        {
            await StartAsync();
        }
    }

    [TearDown]
    public async Task StopRuntimeAsync()
    {
        await StopAsync();
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RunDirectory), Is.Empty, "run_dir");
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(Path.Combine(_directory, "sockets")), Is.Empty, "socket_dir");
        System.IO.Directory.Delete(_directory, recursive: true);
        Logs.Dispose();
        _leaks.AssertNothingIsLeft();
    }

    /// <summary>Starts the runtime and connects the client.</summary>
    protected async Task StartAsync()
    {
        Runtime = await NorthstarRuntime.StartAsync(Options(), Logs);
        Client = await ConnectAsync(subscribe: true);
        _notifications = Channel.CreateUnbounded<Notification>();
        _listening = new CancellationTokenSource();
        _listener = ListenAsync(Client, _notifications.Writer, _listening.Token);
    }

    /// <summary>Stops the runtime if there is one.</summary>
    protected async Task StopAsync()
    {
        if (Runtime is null)
        {
            return;
        }

        await Runtime.StopAsync();
        await _listening.CancelAsync();
        await _listener;
        await Client.DisposeAsync();
        _listening.Dispose();
        Runtime = null!;
    }

    /// <summary>Connects a further client over the socket.</summary>
    protected Task<NorthstarClient> ConnectAsync(bool subscribe = false) => NorthstarClient.ConnectAsync(
        Address, new NorthstarClientOptions { SubscribeNotifications = subscribe, NotificationBufferSize = 1000 });

    /// <summary>Gets the options; tests may change them.</summary>
    protected virtual RuntimeOptions Options()
    {
        var options = new RuntimeOptions
        {
            RunDirectory = RunDirectory,
            DataDirectory = DataDirectory,
            SocketDirectory = Path.Combine(_directory, "sockets"),
            Cgroup = Cgroup,
            EventBufferSize = 128,
        };
        options.Console.Global = new GlobalConsoleOptions { Bind = $"unix://{ConsolePath}", Permissions = Permissions.Full };
        options.Repositories["mem"] = new RepositoryOptions { KeyFile = TestPackages.KeyFile };
        options.Repositories["fs"] = new RepositoryOptions { Kind = RepositoryKind.Directory, Directory = RepositoryDirectory, KeyFile = TestPackages.KeyFile };
        options.Repositories["limited_capacity_num_mem"] = new RepositoryOptions { KeyFile = TestPackages.KeyFile, CapacityNum = 1 };
        options.Repositories["limited_capacity_num_fs"] = new RepositoryOptions
        {
            Kind = RepositoryKind.Directory, Directory = Path.Combine(_directory, "test_limited_num"), KeyFile = TestPackages.KeyFile, CapacityNum = 1,
        };
        options.Repositories["limited_capacity_size_mem"] = new RepositoryOptions { KeyFile = TestPackages.KeyFile, CapacitySizeBytes = 1000 };
        options.Repositories["limited_capacity_size_fs"] = new RepositoryOptions
        {
            Kind = RepositoryKind.Directory, Directory = Path.Combine(_directory, "test_limited_size"), KeyFile = TestPackages.KeyFile, CapacitySizeBytes = 1000,
        };
        options.Repositories["unverified"] = new RepositoryOptions();
        return options;
    }

    /// <summary>Installs samples into a repository.</summary>
    protected async Task InstallAsync(string repository, params string[] samples)
    {
        foreach (string sample in samples)
        {
            await Client.InstallAsync(TestPackages.Sample(sample), repository);
        }
    }

    /// <summary>Makes a file below the test's own directory.</summary>
    protected string NewPath(string name) => Path.Combine(_directory, name);

    /// <summary>Starts the test container and waits until it idles.</summary>
    protected async Task StartIdleAsync(params string[] arguments)
    {
        await StartTestContainerAsync(arguments);
        await OutputAsync("^Sleeping");
    }

    /// <summary>Starts the test container.</summary>
    protected Task StartTestContainerAsync(params string[] arguments) =>
        Client.StartAsync(TestContainer, null, arguments, new Dictionary<string, string>());

    /// <summary>Installs the test container and its resource, the container with a changed manifest.</summary>
    protected async Task InstallPatchedAsync(params (string From, string To)[] changes)
    {
        await InstallAsync("mem", "test-resource");
        await Client.InstallAsync(TestPackages.Patched("test-container", NewPath("patched.npk"), changes), "mem");
    }

    /// <summary>Starts the test container and returns what it sees from inside. It goes on running.</summary>
    protected async Task<JsonElement> InspectFromInsideAsync()
    {
        await StartTestContainerAsync("inspect", "--json");
        string json = (await OutputAsync(@"^\{")).Message;
        return JsonDocument.Parse(json[json.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }

    /// <summary>Kills a container with SIGTERM and waits for its end by it.</summary>
    protected async Task StopAsync(ContainerId container)
    {
        await Client.KillAsync(container, 15);
        await ExitAsync(container, new ExitStatus.Signalled(15));
    }

    /// <summary>Waits for a line of output.</summary>
    protected Task<LogCapture.Record> OutputAsync(string pattern, TimeSpan? limit = null) =>
        Logs.TakeAsync(r => r.Category == "Northstar.Container" && System.Text.RegularExpressions.Regex.IsMatch(r.Message[(r.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..], pattern), limit ?? Limit);

    /// <summary>Waits for an event of the log.</summary>
    protected Task<LogCapture.Record> EventAsync(string name) => Logs.TakeAsync(r => r.Event == name, Limit);

    /// <summary>Waits for the notification that a container ended, with this status.</summary>
    protected async Task ExitAsync(ContainerId container, ExitStatus status)
    {
        Notification.Exit exit = await NotificationAsync<Notification.Exit>();
        Assert.That(exit, Is.EqualTo(new Notification.Exit(container, status)));
    }

    /// <summary>Waits for a notification of a kind; others are skipped.</summary>
    protected async Task<T> NotificationAsync<T>()
        where T : Notification
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (true)
        {
            if (await _notifications.Reader.ReadAsync(timeout.Token) is T wanted)
            {
                return wanted;
            }
        }
    }

    /// <summary>Takes the notifications that came so far.</summary>
    protected IReadOnlyList<Notification> TakeNotifications()
    {
        var taken = new List<Notification>();
        while (_notifications.Reader.TryRead(out Notification? notification))
        {
            taken.Add(notification);
        }

        return taken;
    }

    private static async Task ListenAsync(NorthstarClient client, ChannelWriter<Notification> writer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Notification notification in client.ReadNotificationsAsync(cancellationToken))
            {
                await writer.WriteAsync(notification, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ApiException)
        {
            // The runtime or the test ended.
        }

        writer.Complete();
    }
}
