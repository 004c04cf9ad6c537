// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A8: user, groups, session, descriptors, environment and arguments of a program.</summary>
internal sealed class IdentityTests : RuntimeFixture
{
    private const string Gid = "gid: 1000\nsched";

    [TestCase(10)]
    [TestCase(1000)]
    [TestCase(3000)]
    public async Task T090_T091_Uid_IsThatOfTheManifest(int uid)
    {
        await InstallPatchedAsync(("uid: 1000\ngid: 1000\nsched", $"uid: {uid}\ngid: 1000\nsched"));
        Assert.That((await InspectFromInsideAsync()).GetProperty("getuid").GetInt32(), Is.EqualTo(uid));
        await AssertIdsAsync("Uid:", uid);
        await AssertIdsAsync("Gid:", 1000);
        await StopAsync(TestContainer);
        await Client.UninstallAsync(TestContainer);
    }

    [TestCase(10)]
    [TestCase(1000)]
    [TestCase(3000)]
    public async Task T092_Gid_IsThatOfTheManifest(int gid)
    {
        await InstallPatchedAsync((Gid, $"gid: {gid}\nsched"));
        Assert.That((await InspectFromInsideAsync()).GetProperty("getgid").GetInt32(), Is.EqualTo(gid));
        await AssertIdsAsync("Gid:", gid);
        await StopAsync(TestContainer);
        await Client.UninstallAsync(TestContainer);
    }

    [Test]
    public async Task T093_T094_Session_IsThatOfInit()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(view.GetProperty("getppid").GetInt32(), Is.EqualTo(1));
            Assert.That(view.GetProperty("getsid").GetInt32(), Is.EqualTo(1));
            Assert.That(view.GetProperty("getpid").GetInt32(), Is.EqualTo(2));
            Assert.That(view.GetProperty("getpgid").GetInt32(), Is.EqualTo(1));
            Assert.That(view.GetProperty("pwd").GetString(), Is.EqualTo("/"));
        }
    }

    [Test]
    public async Task T095_Descriptors_AreListedInOrderAndStandardInputIsNull()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("inspect");
        await OutputAsync("^/proc/self/fd/0: /dev/null$");
        await OutputAsync("^/proc/self/fd/1: ");
        await OutputAsync("^/proc/self/fd/2: ");
        for (int i = 0; i < 4; i++)
        {
            await OutputAsync(@"^/proc/self/fd/[0-9]+: socket:");
        }

        await OutputAsync("^total: 7$");
    }

    [Test]
    public async Task T096_Descriptors_OfTheRuntime_AreWhatTheyWereAfterARound()
    {
        string[] before = Descriptors();
        await RoundAsync();
        Assert.That(Descriptors, Is.EquivalentTo(before).After(1000, 100));
    }

    [Test]
    public async Task T097_SupplementaryGroups_AreExactlyThose()
    {
        await InstallPatchedAsync((Gid, "gid: 1000\nsuppl_groups: [audio, video]\nsched"));
        int[] expected = [.. new[] { "audio", "video" }.Select(GroupId)];
        Assert.That(
            (await InspectFromInsideAsync()).GetProperty("getgroups").EnumerateArray().Select(static g => g.GetInt32()), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task T097_GroupThatDoesNotExist_FailsTheStart()
    {
        await InstallPatchedAsync((Gid, "gid: 1000\nsuppl_groups: [audio, no-such-group]\nsched"));
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("no-such-group"));
    }

    [Test]
    public async Task T098_Environment_IsThatOfTheManifestAndTheRuntimeAlone()
    {
        await InstallPatchedAsync(("io:\n", "env:\n  A: b\nconsole:\n  permissions: []\nio:\n"));
        JsonElement environment = (await InspectFromInsideAsync()).GetProperty("environment");
        Dictionary<string, string> seen = environment.EnumerateObject().ToDictionary(static v => v.Name, static v => v.Value.GetString()!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen["A"], Is.EqualTo("b"));
            Assert.That(seen["NORTHSTAR_CONTAINER"], Is.EqualTo("test-container:0.0.1"));
            Assert.That(seen["NORTHSTAR_NAME"], Is.EqualTo("test-container"));
            Assert.That(seen["NORTHSTAR_VERSION"], Is.EqualTo("0.0.1"));
            Assert.That(
                seen.Where(static v => v.Key is "NORTHSTAR_CONSOLE" || v.Key.StartsWith("NORTHSTAR_SOCKET_", StringComparison.Ordinal)).Select(static v => v.Value).Distinct().Count(),
                Is.EqualTo(5), "one descriptor each");
            Assert.That(seen, Has.Count.EqualTo(9));
        }
    }

    [Test]
    public async Task T225_WithoutConsoleSection_ThereIsNeitherVariableNorDescriptor()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        Assert.That(view.GetProperty("environment").TryGetProperty("NORTHSTAR_CONSOLE", out _), Is.False);
        IEnumerable<string> sockets = view.GetProperty("environment").EnumerateObject()
            .Where(static v => v.Name.StartsWith("NORTHSTAR_SOCKET_", StringComparison.Ordinal)).Select(static v => v.Value.GetString()!);
        IEnumerable<string> descriptors = view.GetProperty("/proc/self/fd").EnumerateArray()
            .Where(static d => d.GetProperty("target").GetString()!.StartsWith("socket:", StringComparison.Ordinal))
            .Select(static d => Path.GetFileName(d.GetProperty("path").GetString()!));
        Assert.That(descriptors.Except(["1", "2"]), Is.EquivalentTo(sockets));
    }

    [Test]
    public async Task T099_EnvironmentOfTheRequest_ReplacesThatOfTheManifest()
    {
        await InstallPatchedAsync(("io:\n", "env:\n  A: b\nio:\n"));
        await Client.StartAsync(TestContainer, null, ["env"], new Dictionary<string, string> { ["X"] = "y" });
        string[] lines = await LinesAsync();
        Assert.That(lines, Has.Member("X=y").And.Member("NORTHSTAR_NAME=test-container"));
        Assert.That(lines, Has.None.StartsWith("A="));
    }

    [TestCase("NORTHSTAR_NAME")]
    [TestCase("NORTHSTAR_VERSION")]
    [TestCase("NORTHSTAR_CONTAINER")]
    [TestCase("NORTHSTAR_CONSOLE")]
    public async Task T100_ReservedVariable_IsRefused(string name)
    {
        await InstallAsync("mem", "test-container", "test-resource");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(
            () => Client.StartAsync(TestContainer, null, [], new Dictionary<string, string> { [name] = "x" }));
        Assert.That(((ApiError.InvalidArguments)failure!.Error!).Cause, Does.Contain(name));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Null);
    }

    [Test]
    public async Task T101_Arguments_OfTheRequestReplaceThoseOfTheManifest()
    {
        await InstallPatchedAsync(("io:\n", "args: [print, of the manifest]\nio:\n"));
        await Client.StartAsync(TestContainer);
        await OutputAsync("^of the manifest$");
        Assert.That(await CommandLineAsync(), Is.EqualTo("/test-container\0print\0of the manifest\0"));
        await StopAsync(TestContainer);
        await StartTestContainerAsync("print", "of the request");
        await OutputAsync("^of the request$");
        Assert.That(await CommandLineAsync(), Is.EqualTo("/test-container\0print\0of the request\0"));
    }

    [Test]
    public async Task T102_InitOfTheRequest_MayNameThatOfTheManifest()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await Client.StartAsync(TestContainer, "<INIT>", ["print", "own"], new Dictionary<string, string>());
        await OutputAsync("^own$");
        Assert.That(await CommandLineAsync(), Does.StartWith("/test-container\0"));
        await StopAsync(TestContainer);
        await Client.StartAsync(TestContainer, "/../.<INIT>", ["print", "by another path"], new Dictionary<string, string>());
        await OutputAsync("^by another path$");
        Assert.That(await CommandLineAsync(), Does.StartWith("/.././/test-container\0").Or.StartWith("/.././/").Or.StartWith("/../."));
    }

    private async Task RoundAsync()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);
        await Client.UninstallAsync(TestContainer);
        await Client.UninstallAsync(TestResource);
    }

    private static string[] Descriptors() => [.. System.IO.Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Select(static f => new FileInfo(f).LinkTarget ?? "")
        .Select(static t => t.Contains(":[", StringComparison.Ordinal) ? t[..t.IndexOf('[', StringComparison.Ordinal)] : t)
        .Where(static t => !t.StartsWith("/proc/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task<int> PayloadAsync()
    {
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string children = await File.ReadAllTextAsync($"/proc/{init}/task/{init}/children");
        return int.Parse(children.Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<string> CommandLineAsync() => await File.ReadAllTextAsync($"/proc/{await PayloadAsync()}/cmdline");

    /// <summary>Asserts that real, effective, saved and file system id are the same.</summary>
    private async Task AssertIdsAsync(string field, int id)
    {
        string line = (await File.ReadAllLinesAsync($"/proc/{await PayloadAsync()}/status")).Single(l => l.StartsWith(field, StringComparison.Ordinal));
        Assert.That(line.Split('\t', StringSplitOptions.RemoveEmptyEntries).Skip(1), Is.EqualTo(Enumerable.Repeat($"{id}", 4)));
    }

    /// <summary>Takes the lines that the program printed before it idled.</summary>
    private async Task<string[]> LinesAsync()
    {
        var lines = new List<string>();
        await Logs.TakeAsync(
            r =>
            {
                if (r.Category != "Northstar.Container")
                {
                    return false;
                }

                string line = r.Message[(r.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
                lines.Add(line);
                return line == "Sleeping";
            },
            Limit);
        return [.. lines];
    }

    private static int GroupId(string name) =>
        int.Parse(Tool.Run("getent", "group", name).Output.Split(':')[2], System.Globalization.CultureInfo.InvariantCulture);
}
