// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Net.Sockets;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Directories of the runtime: its own alone, whatever they were before (H-24 of the hardening list).</summary>
internal sealed class DirectoryModeTests : RuntimeFixture
{
    private const string Nobody = "65534";

    private Action<RuntimeOptions> _change = static _ => { };

    protected override bool StartsAtOnce => false;

    private string Sockets => NewPath("sockets");

    [SetUp]
    public void Reset() => _change = static _ => { };

    [Test]
    public async Task H24_DirectoriesOpenToOthers_AreClosedWithAWarning()
    {
        foreach (string path in new[] { RunDirectory, DataDirectory, Sockets })
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        await StartAsync();

        Assert.That(Logs.Records.Where(static r => r.Event == "DirectoryModeChanged").Select(static r => r.Message), Is.EqualTo(new[]
        {
            $"run_dir {RunDirectory} was open to other users of the host: its mode 0755 is now 0700",
            $"data_dir {DataDirectory} was open to other users of the host: its mode 0755 is now 0700",
            $"socket_dir {Sockets} was open to other users of the host: its mode 0755 is now 0711",
        }));
        AssertModes();
    }

    [Test]
    public async Task H24_ClosedDirectories_AreLeftAlone()
    {
        await StartAsync();
        Assert.That(Logs.Records.Where(static r => r.Event == "DirectoryModeChanged"), Is.Empty);
        AssertModes();
    }

    [Test]
    [Requires(HostFeature.Setpriv)]
    public async Task H24_OtherUser_ListsNothingAndReachesSocketsByName()
    {
        await StartAsync();
        await File.WriteAllTextAsync(Path.Combine(Sockets, "named"), "content");
        Assert.That(AsNobody("ls", RunDirectory), Does.Contain("denied"));
        Assert.That(AsNobody("ls", DataDirectory), Does.Contain("denied"));
        Assert.That(AsNobody("ls", Sockets), Does.Contain("denied"));
        Assert.That(AsNobody("cat", Path.Combine(Sockets, "named")), Is.EqualTo("content"));
        File.Delete(Path.Combine(Sockets, "named"));
    }

    /// <summary>What the next start sweeps is what a runtime that died left, and nothing that somebody else keeps there.</summary>
    [Test]
    public async Task W21_SocketsOfADeadRuntime_AreSweptAndOtherFilesStay()
    {
        string[] ours = ["gone:1.0.0:control", "gone:1.0.0:with:colon", ".4711-0123456789abcd"];
        string[] others = ["bus", "not:a-version:socket", ".hidden", ".4711-note"];
        List<Socket> bound = [];
        foreach (string name in ours.Concat(others))
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            bound.Add(socket);
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(Sockets, name)));
        }

        await File.WriteAllTextAsync(Path.Combine(Sockets, "kept:1.0.0:text"), "no socket");

        await StartAsync();

        Assert.That(System.IO.Directory.GetFiles(Sockets).Select(Path.GetFileName), Is.EquivalentTo(others.Append("kept:1.0.0:text")));
        bound.ForEach(static s => s.Dispose());
        Array.ForEach(System.IO.Directory.GetFiles(Sockets), File.Delete);
    }

    [TestCase("run")]
    [TestCase("data")]
    [TestCase("sockets")]
    public async Task H24_SymbolicLinkOnTheWay_IsRefusedNamingTheWayAround(string name)
    {
        System.IO.Directory.CreateSymbolicLink(NewPath("link"), Directory);
        string through = Path.Combine(NewPath("link"), name);
        _change = o =>
        {
            o.RunDirectory = name == "run" ? through : o.RunDirectory;
            o.DataDirectory = name == "data" ? through : o.DataDirectory;
            o.SocketDirectory = name == "sockets" ? through : o.SocketDirectory;
        };
        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(StartAsync);
        Assert.That(failure!.Message, Does.Contain($"{through} leads through the symbolic link {NewPath("link")}; name the directory itself: {NewPath(name)}"));

        _change = static _ => { };
        await StartAsync();
    }

    [Test]
    public async Task H24_DirectoryThatIsALink_IsRefusedAndWhatItLeadsToIsUntouched()
    {
        string victim = System.IO.Directory.CreateDirectory(NewPath("victim")).FullName;
        UnixFileMode before = File.GetUnixFileMode(victim);
        System.IO.Directory.Delete(RunDirectory);
        System.IO.Directory.CreateSymbolicLink(RunDirectory, victim);
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.Contain("symbolic link"));
        Assert.That(File.GetUnixFileMode(victim), Is.EqualTo(before));
        File.Delete(RunDirectory);
        System.IO.Directory.CreateDirectory(RunDirectory);
        await StartAsync();
    }

    [Test]
    public async Task H24_DirectoryOfAnotherUser_IsRefused()
    {
        Tool.Run("chown", Nobody, DataDirectory);
        Assert.That(
            Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message,
            Does.Contain($"data_dir {DataDirectory} belongs to uid {Nobody}, and the runtime is uid 0"));
        Tool.Run("chown", "0", DataDirectory);
        await StartAsync();
    }

    [TestCase("/tmp")]
    [TestCase("/run/")]
    [TestCase("/")]
    public void H24_DirectoryOfTheSystem_IsRefusedAndUntouched(string path)
    {
        UnixFileMode before = File.GetUnixFileMode(path);
        _change = o => o.DataDirectory = path;
        Assert.That(() => StartAsync(), Throws.InstanceOf<Exception>());
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(before));
        Assert.That(Northstar.Runtime.Engine.PrivateDirectory.FindProblem("data_dir", path), Does.Contain("belongs to the whole system"));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        _change(options);
        return options;
    }

    private void AssertModes() => Assert.That(
        new[] { RunDirectory, DataDirectory, Sockets }.Select(static p => (int)File.GetUnixFileMode(p)), Is.EqualTo(new[] { 0x1C0, 0x1C0, 0x1C9 }));

    /// <summary>Runs a program without rights and returns what it says.</summary>
    private static string AsNobody(params string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo("setpriv", [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", .. command])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        string text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
