// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Kernel;

namespace Northstar.Tests.Support;

/// <summary>Directories and a configuration for the executable, with a repository on disk: for tests that end it without warning and look at what is left.</summary>
internal sealed class DiskRuntime : IDisposable
{
    private readonly string _configuration;
    private readonly HashSet<string> _loopsBefore = [.. LoopDevices()];

    internal DiskRuntime()
    {
        Root = Directory.CreateTempSubdirectory("northstar-test-").FullName;
        Cgroup = $"northstar-{Environment.ProcessId}-disk";
        foreach (string name in new[] { "run", "data", "packages" })
        {
            Directory.CreateDirectory(Path.Combine(Root, name));
        }

        _configuration = Path.Combine(Root, "northstar.toml");
        File.WriteAllText(_configuration, $"""
            run_dir = "{Root}/run"
            data_dir = "{Root}/data"
            cgroup = "{Cgroup}"
            [console.global]
            bind = "{Address}"
            permissions = "full"
            [repositories.disk]
            type.fs.dir = "{Packages}"
            key = "{TestPackages.KeyFile}"
            strict = true
            """);
    }

    internal string Root { get; }

    internal string Cgroup { get; }

    internal string Packages => Path.Combine(Root, "packages");

    internal string Address => $"unix://{Root}/console";

    /// <summary>Starts the executable behind a launcher, see <see cref="StockRuntime.Start"/>.</summary>
    internal StockRuntime Start(params string[] launcher) => StockRuntime.Start(_configuration, Address, launcher);

    /// <summary>Returns the names of the files in the repository.</summary>
    internal string[] Files() => [.. Directory.EnumerateFileSystemEntries(Packages).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    /// <summary>Opens every package of the repository and checks all of it.</summary>
    internal void AssertPackagesAreWhole()
    {
        var options = new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] };
        foreach (string path in Directory.EnumerateFiles(Packages))
        {
            using NpkPackage package = NpkPackage.Open(path, options);
            package.Verify(null, CancellationToken.None);
            Assert.That(Path.GetFileName(path), Is.EqualTo(package.Manifest.Id + ".npk"));
        }
    }

    /// <summary>Asserts that a runtime which runs no container and has mounted nothing has nothing else either, and that none before left anything.</summary>
    internal void AssertNothingIsLeft()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Cgroups, Is.Empty.After(5000, 10), "cgroups of containers");
            Assert.That(() => LoopDevices().Except(_loopsBefore), Is.Empty.After(15_000, 10), "loop devices");
            Assert.That(MapperDevices, Is.Empty.After(5000, 10), "mapper devices");
            Assert.That(File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(Root, StringComparison.Ordinal)), Is.Empty, "mounts");
            Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(Root, "run", "sockets")), Is.Empty, "sockets of containers");
            Assert.That(Directory.EnumerateFiles(Packages).Where(static f => Path.GetFileName(f)[0] == '.'), Is.Empty, "rests of installs");
            Assert.That(Directory.EnumerateFiles(Path.Combine(Root, "data"), "*.new"), Is.Empty, "rests of state files");
        });
    }

    /// <summary>Removes everything.</summary>
    public void Dispose()
    {
        foreach (string top in Tops())
        {
            Assert.That(() => TryRemove(top), Is.True.After(5000, 10), top);
        }

        Directory.Delete(Root, recursive: true);
    }

    private static bool TryRemove(string group)
    {
        try
        {
            Array.ForEach(Directory.GetDirectories(group), Directory.Delete);
            Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private IEnumerable<string> Cgroups() => Tops().SelectMany(Directory.EnumerateDirectories);

    private IEnumerable<string> Tops() => Directory.EnumerateDirectories(
        "/sys/fs/cgroup", Cgroup, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 });

    private static IEnumerable<string> LoopDevices() =>
        Directory.EnumerateDirectories("/sys/block", "loop*").Where(static d => File.Exists(Path.Combine(d, "loop", "backing_file")));

    private static IEnumerable<string> MapperDevices() =>
        Directory.EnumerateDirectories("/sys/block", "dm-*").Select(static d => Path.Combine(d, "dm", "name")).Where(File.Exists)
            .Select(File.ReadAllText).Where(static name => name.StartsWith("northstar", StringComparison.Ordinal));
}
