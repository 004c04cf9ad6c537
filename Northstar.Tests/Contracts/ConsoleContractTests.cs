// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Contracts;

/// <summary>What every console promises, whatever carries it.</summary>
[TestFixture("unix")]
[TestFixture("tcp")]
internal sealed class ConsoleContractTests(string transport) : RuntimeFixture
{
    private const int MaxLine = 10_000;

    private static readonly ContainerId s_message = ContainerId.Parse("message:0.0.1");

    protected override ConsoleAddress Address => transport == "unix"
        ? base.Address
        : ConsoleAddress.Parse(Logs.Records.Last(static r => r.Event == "ConsoleListening").Message["Console listens on ".Length..]);

    [Test]
    public async Task Connect_OfAnEqualOrNewerVersion_IsAccepted([Values("0.9.0", "0.9.9", "1.0.0")] string version)
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.SendAsync(new Connect(PackageVersion.Parse(version), false));
        Assert.That(await console.ReadAsync(), Is.TypeOf<ConnectAck>());
    }

    [Test]
    public async Task Connect_OfAnOlderVersion_IsRefusedWithOursAndClosed([Values("0.8.9", "0.0.1")] string version)
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.SendAsync(new Connect(PackageVersion.Parse(version), false));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new ConnectNack.InvalidProtocolVersion(ProtocolVersion.Current)));
        Assert.That(await console.ReadAsync(), Is.Null);
        await StillServedAsync();
    }

    [Test]
    public async Task Connect_IsNotTheFirstMessage_ClosesThatConnectionOnly()
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.SendAsync(new Request.Ident());
        Assert.That(await console.ReadAsync(), Is.Null);
        await StillServedAsync();
    }

    [TestCase("this is no json\n")]
    [TestCase("{}\n")]
    [TestCase("{\"request\":\"nonsense\"}\n")]
    [TestCase("\n")]
    [TestCase("{\"response\":{\"ident\":\"a:0.0.1\"}}\n")]
    [TestCase("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n")]
    public async Task Line_ThatIsNoRequest_ClosesThatConnectionOnly(string line)
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(System.Text.Encoding.UTF8.GetBytes(line));
        Assert.That(await console.ReadAsync(), Is.Null);
        await StillServedAsync();
    }

    [Test]
    public async Task Line_TooLong_ClosesThatConnectionOnly([Values] bool hasEnd)
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(System.Text.Encoding.UTF8.GetBytes(new string(' ', MaxLine + 1) + (hasEnd ? "{\"request\":\"ident\"}\n" : "")));
        Assert.That(await console.ReadAsync(), Is.Null);
        await StillServedAsync();
    }

    [Test]
    public async Task Line_OfTheGreatestLength_IsServed()
    {
        const string Ident = "{\"request\":\"ident\"}";
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(System.Text.Encoding.UTF8.GetBytes(new string(' ', MaxLine - Ident.Length) + Ident + "\n"));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Ident(ContainerId.Parse("extern:0.0.0"))));
    }

    [Test]
    public async Task Requests_SentTogether_AreAnsweredInTheirOrder()
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(new Request.Ident(), new Request.List(), new Request.Repositories(), new Request.Kill(s_message, 15), new Request.Ident());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Ident>());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.List>());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Repositories>());
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Kill(new ContainerResult(s_message, new ApiError.InvalidContainer(s_message)))));
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Ident>());
    }

    [Test]
    public async Task EveryRequest_IsServed()
    {
        Assert.That((await Client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
        Assert.That(await Client.RepositoriesAsync(), Does.Contain("mem").And.Contain("fs"));
        Assert.That(await Client.InstallAsync(TestPackages.Sample("message-0.0.1"), "mem"), Is.EqualTo(s_message));
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That(await Client.ListAsync(), Is.EquivalentTo([s_message, TestContainer, TestResource]));
        Assert.That(await Client.MountAsync(s_message), Is.EqualTo(new ContainerResult(s_message)));
        Assert.That((await Client.InspectAsync(s_message)).Mounted, Is.True);
        Assert.That(await Client.UmountAsync(s_message), Is.EqualTo(new ContainerResult(s_message)));
        await Client.UninstallAsync(s_message);
        await StartIdleAsync("sleep");
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
        await StopAsync(TestContainer);
        ContainerName self = ContainerName.Parse("extern");
        Token token = await Client.CreateTokenAsync(self, "shared"u8.ToArray());
        Assert.That(await Client.VerifyTokenAsync(token, self, "shared"u8.ToArray()), Is.EqualTo(TokenVerification.Ok));
        Assert.That(await Client.VerifyTokenAsync(token, self, "other"u8.ToArray()), Is.EqualTo(TokenVerification.Invalid));
    }

    [Test]
    public async Task T230_Notifications_OfAWholeLife_FollowTheAnswersThatCausedThem()
    {
        byte[] container = await File.ReadAllBytesAsync(TestPackages.Sample("test-container"));
        await InstallAsync("mem", "test-resource");
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync(subscribe: true);

        await console.SendAsync(new Request.Install("mem", (ulong)container.Length));
        await console.SendAsync(container);
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Install(TestContainer)));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Notification.Install(TestContainer)));

        await console.SendAsync(new Request.Start(TestContainer, null, ["sleep"], new Dictionary<string, string>()));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Start(new ContainerResult(TestContainer))));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Notification.Started(TestContainer)));

        await OutputAsync("^Sleeping");
        await console.SendAsync(new Request.Kill(TestContainer, 15));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Kill(new ContainerResult(TestContainer))));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Notification.Exit(TestContainer, new ExitStatus.Signalled(15))));

        await console.SendAsync(new Request.Uninstall(TestContainer, false));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.Uninstall(new ContainerResult(TestContainer))));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Notification.Uninstall(TestContainer)));

        await console.SendAsync(new Request.Shutdown());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Shutdown>());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Notification.Shutdown>());
        Assert.That(await console.ReadAsync(), Is.Null);
    }

    [Test]
    public async Task Output_OfAContainer_IsFollowedFromItsFirstByteToItsEnd()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync(subscribe: true, extensions: true);
        await console.SendAsync(new Request.OutputSubscribe(TestContainer, Stdout: true, Stderr: true));
        Assert.That(await console.ReadAsync(), Is.EqualTo(new Response.OutputSubscribe(new ContainerResult(TestContainer))));
        await console.SendAsync(new Request.OutputSubscribe(s_message, Stdout: true, Stderr: true));
        Assert.That(await console.ReadAsync(), Is.EqualTo(
            new Response.OutputSubscribe(new ContainerResult(s_message, new ApiError.InvalidContainer(s_message)))));

        await StartTestContainerAsync("print", "--io", "stderr", "hello there");
        var written = new System.Text.StringBuilder();
        int ends = 0;
        Message? message;
        while ((message = await console.ReadAsync()) is not Notification.Exit)
        {
            Assert.That(message, Is.Not.Null);
            if (message is Notification.Output { Stream: OutputSource.Stderr } output)
            {
                written.Append(System.Text.Encoding.UTF8.GetString(output.Data.Span));
            }

            ends += message is Notification.OutputEnd ? 1 : 0;
            if (written.ToString() == "hello there\n" && ends == 0)
            {
                await Client.KillAsync(TestContainer, 9);
                written.Append('!');
            }
        }

        Assert.That(written.ToString(), Does.StartWith("hello there\n!"));
        Assert.That(ends, Is.EqualTo(2));
    }

    [Test]
    public async Task Statistics_TellTheStateOfEveryContainer()
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync(extensions: true);
        await InstallAsync("mem", "test-container", "test-resource", "message-0.0.1");
        await StartIdleAsync("sleep");
        await console.SendAsync(new Request.Statistics());
        Dictionary<ContainerId, ContainerStatistics> all = ((Response.Statistics)(await console.ReadAsync())!).Containers.ToDictionary(static c => c.Container);
        Assert.That(all.Keys, Is.EquivalentTo([TestContainer, TestResource, s_message]));
        Assert.That(all[s_message], Is.EqualTo(new ContainerStatistics(s_message, "mem", Mounted: false)));
        Assert.That(all[TestResource].Mounted, Is.True);
        ProcessUsage usage = all[TestContainer].Process!;
        Assert.That(usage.Pid, Is.EqualTo((await Client.InspectAsync(TestContainer)).Process!.Pid));
        Assert.That(usage.UptimeNanoseconds, Is.GreaterThan(0));
        Assert.That(usage.CpuNanoseconds, Is.Not.Null.And.LessThan((ulong)TimeSpan.FromMinutes(1).Ticks * 100));
        Assert.That(usage.MemoryBytes, Is.Null.Or.GreaterThan(0));
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task Notifications_GoToSubscribersOnly()
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync(subscribe: false);
        await InstallAsync("mem", "message-0.0.1");
        await NotificationAsync<Notification.Install>();
        await console.SendAsync(new Request.Ident());
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Ident>());
    }

    [Test]
    public async Task Shutdown_AnswersThenEndsEveryConnection()
    {
        using RawConsole other = await RawConsole.ConnectAsync(Address);
        await other.ShakeHandsAsync();
        using RawConsole mute = await RawConsole.ConnectAsync(Address);

        await Client.ShutdownAsync();

        await Runtime.Completion.WaitAsync(Limit);
        Assert.That(await other.ReadAsync(), Is.Null);
        Assert.That(await mute.ReadAsync(), Is.Null);
        Assert.That(() => RawConsole.ConnectAsync(Address), Throws.InstanceOf<System.Net.Sockets.SocketException>());
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        if (transport == "tcp")
        {
            options.Console.Global!.Bind = "tcp://127.0.0.1:0";
        }

        options.Console.Global!.Limits.MaxRequestSizeBytes = MaxLine;
        return options;
    }

    private async Task StillServedAsync() => Assert.That((await Client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
}
