// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Repositories;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Somebody changes the file of a package while it is checked and mounted: what is mounted was verified, or nothing is.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples)]
internal sealed class MountRaceTests
{
    private static readonly string s_expected = ImageDamage.Text + "\n" + new string('.', 64 * 1024);

    private string _directory = null!;
    private LeakCheck _leaks = null!;

    private string Good => Path.Combine(_directory, "data.npk");

    private string Raced => Path.Combine(_directory, "raced.npk");

    [SetUp]
    public void SetUp()
    {
        _leaks = new LeakCheck();
        _directory = Directory.CreateTempSubdirectory("northstar-race-").FullName;
        ImageDamage.PackData(_directory);
        File.Copy(Good, Raced);
    }

    [TearDown]
    public void TearDown()
    {
        Directory.Delete(_directory, recursive: true);
        _leaks.AssertNothingIsLeft();
    }

    [Test]
    public async Task H13_FileChangedWhileItIsMounted_GivesTheVerifiedContentOrFails()
    {
        using var mounter = new ImageMounter(new RuntimeOptions(), hasSelinux: false);
        using var stop = new CancellationTokenSource();
        var rounds = new StrongBox();
        Task racer = Task.Run(() => Race(rounds, stop.Token));
        int right = 0;
        int failed = 0;
        for (int i = Repetitions.Mounts(otherwise: 100); i > 0; i--)
        {
            if (TryRead(mounter) is { } text)
            {
                Assert.That(text, Is.EqualTo(s_expected));
                right++;
            }
            else
            {
                failed++;
            }
        }

        await stop.CancelAsync();
        await racer;
        TestContext.Out.WriteLine($"{mounter.Chosen}: {right} mounts were right, {failed} failed, in {rounds.Value} rounds of the racer");
        Assert.That(rounds.Value, Is.GreaterThan(10), "it was a race");
        File.Copy(Good, Raced, overwrite: true);
        Assert.That(TryRead(mounter), Is.EqualTo(s_expected), "a file that is left alone is read");
    }

    /// <summary>Opens, checks, mounts and reads the package. Null when any of it fails in a way that is expected.</summary>
    private string? TryRead(ImageMounter mounter)
    {
        try
        {
            using NpkPackage package = NpkPackage.Open(Raced, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
            using MountedImage image = mounter.Mount(new StoredPackage(package, package.FileLengthBytes, "raced.npk"), isVerified: true, static _ => { }, static () => { });
            using var file = Descriptors.OpenInRoot(image.Mount, "text", Sys.O_RDONLY).ToFileHandle();
            byte[] bytes = new byte[s_expected.Length + 1];
            int count = RandomAccess.Read(file, bytes, 0);
            return Encoding.ASCII.GetString(bytes, 0, count);
        }
        catch (Exception e) when (e is NpkException or LinuxException or IOException)
        {
            return null;
        }
    }

    /// <summary>Puts the good file there by renaming, and then spoils it in place in one of three ways, after a pause that varies.</summary>
    private void Race(StrongBox rounds, CancellationToken cancellationToken)
    {
        var random = new Random(13);
        string fresh = Path.Combine(_directory, "fresh.npk");
        while (!cancellationToken.IsCancellationRequested)
        {
            File.Copy(Good, fresh, overwrite: true);
            File.Move(fresh, Raced, overwrite: true);
            Thread.SpinWait(random.Next(200_000));
            using FileStream file = new(Raced, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            switch (random.Next(3))
            {
                case 0:
                    file.SetLength(random.NextInt64(file.Length));
                    break;
                case 1:
                    file.Position = random.NextInt64(file.Length);
                    file.WriteByte((byte)random.Next(256));
                    break;
                default:
                    byte[] noise = new byte[file.Length];
                    random.NextBytes(noise);
                    file.Write(noise);
                    break;
            }

            rounds.Value++;
        }
    }

    private sealed class StrongBox
    {
        internal int Value { get; set; }
    }
}
