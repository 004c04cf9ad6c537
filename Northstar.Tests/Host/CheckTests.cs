// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Northstar.Host;
using Northstar.Host.Check;
using Northstar.Runtime;

namespace Northstar.Tests.Host;

/// <summary>The command <c>northstar check</c>.</summary>
internal sealed class CheckTests
{
    private static readonly string[] s_required = [.. KernelOption.All.Where(static o => o.IsRequired).Select(static o => $"CONFIG_{o.Name}=y")];

    private string _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("northstar-check-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task KernelConfig_WithEverythingRequired_Succeeds()
    {
        Invocation run = await CheckAsync("--kernel-config", Write("config", s_required));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(run.Output, Does.Contain("  yes  CONFIG_SQUASHFS\n").And.Contain("  no   CONFIG_DM_VERITY").And.EndWith("nothing that is required is missing\n"));
    }

    [TestCase("# CONFIG_SQUASHFS is not set")]
    [TestCase("CONFIG_SQUASHFS=n")]
    [TestCase("CONFIG_SQUASHFS_ZSTD=y")]
    public async Task KernelConfig_WithoutARequiredOption_NamesItAndFails(string instead)
    {
        Invocation run = await CheckAsync("--kernel-config", Write("config", [.. s_required.Except(["CONFIG_SQUASHFS=y"]), instead]));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Does.Match("  NO   CONFIG_SQUASHFS +not set; no image can be mounted\n").And.EndWith("1 required thing is missing: see NO\n"));
    }

    [Test]
    public async Task KernelConfig_Compressed_IsRead()
    {
        string path = Path.Combine(_directory, "config.gz");
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.ASCII.GetBytes(string.Join('\n', s_required).Replace("=y", "=m", StringComparison.Ordinal)));
        }

        Assert.That((await CheckAsync("--kernel-config", path)).Code, Is.EqualTo(ExitCode.Success));
    }

    /// <summary>What is left of it is a configuration too, and would be called one that lacks the rest.</summary>
    [TestCase(1)]
    [TestCase(8)]
    [TestCase(100)]
    public async Task KernelConfig_CompressedAndCutOff_IsAnError(int missing)
    {
        using var whole = new MemoryStream();
        await using (var gzip = new GZipStream(whole, CompressionLevel.NoCompression, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.ASCII.GetBytes(string.Join('\n', s_required)));
        }

        string path = Path.Combine(_directory, "cut.gz");
        await File.WriteAllBytesAsync(path, whole.ToArray()[..^missing]);
        Invocation run = await CheckAsync("--kernel-config", path);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.Contain($"{path} is cut off or damaged"));
        Assert.That(run.Output, Is.Empty);
    }

    [TestCase("none")]
    [TestCase("text")]
    [TestCase("damaged.gz")]
    [TestCase("..")]
    public async Task KernelConfig_ThatIsNone_IsAnError(string name)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "text"), "hello");
        await File.WriteAllBytesAsync(Path.Combine(_directory, "damaged.gz"), [0x1f, 0x8b, 8, 0, 1, 2, 3]);
        Invocation run = await CheckAsync("--kernel-config", Path.Combine(_directory, name));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Error, Does.Contain(Path.Combine(_directory, name)));
    }

    [Test]
    public async Task Json_HasARowForEachCheck()
    {
        Invocation run = await CheckAsync("--json");
        using var document = JsonDocument.Parse(run.Output);
        JsonElement[] rows = [.. document.RootElement.EnumerateArray()];
        Assert.That(rows.Select(static r => r.GetProperty("name").GetString()), Is.SupersetOf(HostFeatures.Probe().Select(static f => f.Name)).And.Unique);
        bool failed = rows.Any(static r => r.GetProperty("required").GetBoolean() && !r.GetProperty("ok").GetBoolean());
        Assert.That(run.Code, Is.EqualTo(failed ? ExitCode.Failure : ExitCode.Success));
        Assert.That(rows.All(static r => r.GetProperty("ok").GetBoolean() == (r.GetProperty("problem").ValueKind == JsonValueKind.Null)));
    }

    [Test]
    public void C15_FileThatOthersCanWrite_IsReported()
    {
        string file = Write("program");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        Assert.That(InstallationChecks.WhyUnprotected(file), Is.Null);

        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_111);
        Assert.That(InstallationChecks.WhyUnprotected(file), Is.EqualTo($"{file} can be written by everybody"));

        File.SetUnixFileMode(file, (UnixFileMode)0b111_111_101);
        Assert.That(InstallationChecks.WhyUnprotected(file), Is.EqualTo($"{file} can be written by its group"));

        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_111_111);
        Assert.That(InstallationChecks.WhyUnprotected(file), Is.EqualTo($"{file} lies in {_directory}, which can be written by everybody"));

        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit);
        Assert.That(InstallationChecks.WhyUnprotected(file), Is.Null);
    }

    [Test]
    public void C15_LinkToAFileThatOthersCanWrite_IsReported()
    {
        string file = Write("program");
        File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        string link = Path.Combine(_directory, "link");
        File.CreateSymbolicLink(link, file);
        Assert.That(InstallationChecks.WhyUnprotected(link), Is.EqualTo($"{file} can be written by everybody"));
    }

    [Test]
    public async Task C15_WorldWritableConfiguration_FailsTheCheck()
    {
        string kernel = Write("kernel", s_required);
        string file = Write("northstar.toml", $"run_dir = \"{_directory}/run\"", $"data_dir = \"{_directory}/data\"", "cgroup = \"northstar\"");
        Assert.That((await CheckAsync("--kernel-config", kernel, "-c", file)).Code, Is.EqualTo(ExitCode.Success));

        File.SetUnixFileMode(file, (UnixFileMode)0b110_100_110);
        Invocation run = await CheckAsync("--kernel-config", kernel, "-c", file);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Does.Match($"  NO   configuration +{file} can be written by everybody"));
    }

    [Test]
    public async Task C15_ConfigurationThatIsNotThere_FailsTheCheckOnce()
    {
        string path = Path.Combine(_directory, "nothing.toml");
        Invocation run = await CheckAsync("--config", path);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output.Split('\n').Where(static l => l.Contains("configuration", StringComparison.Ordinal)), Has.One.Match($"^  NO   configuration +there is no file {path}; the runtime does not start$"));
    }

    [Test]
    public async Task C15_InvalidConfiguration_FailsTheCheck()
    {
        Invocation run = await CheckAsync("--kernel-config", Write("kernel", s_required), "-c", Write("northstar.toml", "runn_dir = 1"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failure));
        Assert.That(run.Output, Does.Contain(":1:1: unknown key runn_dir"));
    }

    private static Task<Invocation> CheckAsync(params string[] arguments) => Invocation.RunAsync("northstar", ["check", .. arguments]);

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        return path;
    }
}
