// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Api;

/// <summary>Installing a package.</summary>
public sealed class NorthstarClientInstallTests
{
    private const string Ok = """{"response":{"install":{"ok":{"container":"hello:0.0.1"}}}}""";

    private ScriptedRuntime _runtime = null!;
    private NorthstarClient _client = null!;

    [SetUp]
    public async Task Connect() => (_runtime, _client) = await ScriptedRuntime.ConnectAsync();

    [TearDown]
    public async Task Close()
    {
        await _client.DisposeAsync();
        await _runtime.DisposeAsync();
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(256 * 1024)]
    [TestCase(600_000)]
    public async Task Install_Stream_SendsItAndReportsProgress(int size)
    {
        byte[] package = Bytes(size);
        var progress = new Progress();
        Task<ContainerId> install = _client.InstallAsync(new Unseekable(package), size, "mem", progress);
        await _runtime.ExpectAsync(Line(size));

        Assert.That(await _runtime.ReadAsync(size), Is.EqualTo(package));
        await _runtime.SendAsync(Ok);

        Assert.That(await install.WaitAsync(ScriptedRuntime.Deadline), Is.EqualTo(ContainerId.Parse("hello:0.0.1")));
        Assert.That(progress.Values, Is.Ordered.Ascending);
        Assert.That(progress.Values.LastOrDefault(), Is.EqualTo(size));
        await StillInStep();
    }

    [Test]
    public async Task Install_File_SendsIt()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, Bytes(1000));
            Task<ContainerId> install = _client.InstallAsync(path, "mem");
            Task<ContainerId> ident = _client.IdentAsync();
            await _runtime.ExpectAsync(Line(1000));
            Assert.That(await _runtime.ReadAsync(1000), Is.EqualTo(Bytes(1000)));
            await _runtime.ExpectAsync("""{"request":"ident"}""");
            await _runtime.SendAsync(Ok, """{"response":{"ident":"a:0.0.1"}}""");

            await install.WaitAsync(ScriptedRuntime.Deadline);
            await ident.WaitAsync(ScriptedRuntime.Deadline);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Only a runtime that knows the extension is told, and only of a package.</summary>
    [TestCase("""{"extensions":["image"]}""", true, true)]
    [TestCase("""{"extensions":["image"]}""", false, false)]
    [TestCase("""{"extensions":["trust"]}""", true, false)]
    [TestCase("null", true, false)]
    public async Task Install_PackageFile_SaysWhatItsImageIsHashedWith(string offered, bool isPackage, bool isTold)
    {
        byte[] bytes = isPackage ? Northstar.Tests.Npk.Support.TestPackage.Signed(Northstar.Tests.Npk.Support.TestPackage.Image(3)) : Bytes(1000);
        string path = Path.GetTempFileName();
        (ScriptedRuntime runtime, System.Net.Sockets.Socket end) = await ScriptedRuntime.PairAsync();
        await using ScriptedRuntime scripted = runtime;
        Task<NorthstarClient> connecting = NorthstarClient.ConnectAsync(end, new NorthstarClientOptions { Extensions = true });
        await runtime.ExpectAsync("""{"connect":{"version":"0.9.3","subscribe_notifications":false,"extensions":true}}""");
        await runtime.SendAsync($$"""{"connect_ack":{{offered}}}""");
        await using NorthstarClient client = await connecting.WaitAsync(ScriptedRuntime.Deadline);
        try
        {
            await File.WriteAllBytesAsync(path, bytes);
            Task<ContainerId> install = client.InstallAsync(path, "mem");
            const string Image = ",\"image\":{\"offset\":4096,\"salt\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}";
            await runtime.ExpectAsync("{\"request\":{\"install\":{\"repository\":\"mem\",\"size\":" + bytes.Length + (isTold ? Image : "") + "}}}");
            Assert.That(await runtime.ReadAsync(bytes.Length), Is.EqualTo(bytes));
            await runtime.SendAsync(Ok);
            await install.WaitAsync(ScriptedRuntime.Deadline);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task Install_Failed_ThrowsTheErrorAndStaysInStep()
    {
        Task<ContainerId> install = _client.InstallAsync(new MemoryStream(Bytes(10)), 10, "mem");
        await _runtime.ExpectAsync(Line(10));
        await _runtime.ReadAsync(10);
        await _runtime.SendAsync("""{"response":{"install":{"error":{"error":{"invalid_repository":{"repository":"mem"}}}}}}""");

        Assert.That(Caught(install).Error, Is.EqualTo(new ApiError.InvalidRepository("mem")));
        await StillInStep();
    }

    [Test]
    public void Install_SeekableStreamOfAnotherLength_ThrowsBeforeAnythingIsSent() =>
        Assert.That(async () => await _client.InstallAsync(new MemoryStream(Bytes(10)), 9, "mem"), Throws.ArgumentException);

    [TestCase(9)]
    [TestCase(11)]
    public async Task Install_StreamOfAnotherLength_ThrowsAndNeverCompletesThePackage(int length)
    {
        Task<ContainerId> install = _client.InstallAsync(new Unseekable(Bytes(length)), 10, "mem");
        await _runtime.ExpectAsync(Line(10));

        Assert.That(async () => await install.WaitAsync(ScriptedRuntime.Deadline), Throws.ArgumentException);
        Assert.That(await _runtime.ReadToEndAsync(), Is.LessThan(10));
        Assert.That(Caught(_client.IdentAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    [Test]
    public async Task Install_Cancelled_GivesTheConnectionUp()
    {
        using var cancel = new CancellationTokenSource();

        // Nobody reads, so the write cannot finish.
        Task<ContainerId> install = _client.InstallAsync(new MemoryStream(Bytes(8_000_000)), 8_000_000, "mem", null, cancel.Token);
        await _runtime.ExpectAsync(Line(8_000_000));
        await cancel.CancelAsync();

        Assert.That(async () => await install.WaitAsync(ScriptedRuntime.Deadline), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await _runtime.ReadToEndAsync(), Is.LessThan(8_000_000));
        Assert.That(Caught(_client.IdentAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    [Test]
    public async Task Install_DeniedWhileSending_ThrowsDeniedAndGivesTheConnectionUp()
    {
        Task<ContainerId> install = _client.InstallAsync(new MemoryStream(Bytes(8_000_000)), 8_000_000, "mem");
        await _runtime.ExpectAsync(Line(8_000_000));
        await _runtime.SendAsync("""{"response":{"permission_denied":{"install":{"repository":"mem","size":8000000}}}}""");

        Assert.That(Caught(install).Failure, Is.EqualTo(ApiFailure.PermissionDenied));
        Assert.That(Caught(_client.IdentAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    [Test]
    public async Task Install_DeniedAfterSmallPackage_GivesTheConnectionUp()
    {
        Task<ContainerId> install = _client.InstallAsync(new MemoryStream(Bytes(10)), 10, "mem");
        await _runtime.ExpectAsync(Line(10));
        await _runtime.SendAsync("""{"response":{"permission_denied":{"install":{"repository":"mem","size":10}}}}""");

        Assert.That(Caught(install).Failure, Is.EqualTo(ApiFailure.PermissionDenied));
        Assert.That(Caught(_client.IdentAsync()).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    [Test]
    public async Task Install_ClosedWhileSending_ThrowsConnectionClosed()
    {
        Task<ContainerId> install = _client.InstallAsync(new MemoryStream(Bytes(8_000_000)), 8_000_000, "mem");
        await _runtime.ExpectAsync(Line(8_000_000));
        await _runtime.DisposeAsync();

        Assert.That(Caught(install).Failure, Is.EqualTo(ApiFailure.ConnectionClosed));
    }

    private static string Line(int size) => $$$$"""{"request":{"install":{"repository":"mem","size":{{{{size}}}}}}}""";

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 251))];

    private static ApiException Caught(Task task) =>
        Assert.CatchAsync<ApiException>(async () => await task.WaitAsync(ScriptedRuntime.Deadline))!;

    private async Task StillInStep()
    {
        Task<ContainerId> ident = _client.IdentAsync();
        await _runtime.ExpectAsync("""{"request":"ident"}""");
        await _runtime.SendAsync("""{"response":{"ident":"a:0.0.1"}}""");
        Assert.That(await ident.WaitAsync(ScriptedRuntime.Deadline), Is.EqualTo(ContainerId.Parse("a:0.0.1")));
    }

    private sealed class Progress : IProgress<long>
    {
        internal List<long> Values { get; } = [];

        public void Report(long value) => Values.Add(value);
    }

    // Knows no length and gives at most 100 bytes at once.
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 100)], cancellationToken);
    }
}
